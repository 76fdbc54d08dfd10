/** Owns the names of the views a query may use. */

/** What a view shows of a table. */
export interface ViewName {
  readonly view: string;
  readonly tableName: string;
  readonly shows: 'current' | 'changes' | 'windows';
}

/**
 * `<table>` for the current state, `<table>_changes` for the history of its rows and
 * `<table>_windows` for that of its loads. SQL names differ by more
 * than case, and a table may itself be called `…_changes`: the tables come first, and what is then
 * taken gets a suffix (`_2`, `_3`, …).
 */
export function viewNames(tableNames: readonly string[]): readonly ViewName[] {
  const taken = new Set<string>();
  const claim = (wanted: string): string => {
    let view = wanted;
    for (let suffix = 2; taken.has(view.toLowerCase()); suffix++) view = `${wanted}_${suffix}`;
    taken.add(view.toLowerCase());
    return view;
  };
  const sorted = [...tableNames].sort();
  return [
    ...sorted.map((tableName): ViewName => ({
      view: claim(tableName),
      tableName,
      shows: 'current',
    })),
    ...sorted.map((tableName): ViewName => ({
      view: claim(`${tableName}_changes`),
      tableName,
      shows: 'changes',
    })),
    ...sorted.map((tableName): ViewName => ({
      view: claim(`${tableName}_windows`),
      tableName,
      shows: 'windows',
    })),
  ];
}

/**
 * The views that `sql` may name. Table names need no escape in any quoting, so one that is not in
 * the text is not used; one that only looks used costs time and changes nothing.
 */
export function viewsNamedIn(sql: string, views: readonly ViewName[]): readonly ViewName[] {
  return views.filter(({ view }) => {
    const literally = view.replaceAll(/[.-]/g, '\\$&');
    return new RegExp(`(?<!\\w)${literally}(?!\\w)`, 'i').test(sql);
  });
}
