/** Owns tables in markdown, for the pages in Temporal Web. */

/** Rows of one table on a page; what a person reads at a glance, not a list to search. */
export const ROW_LIMIT = 50;

/**
 * The lines of a table; of many rows the first, and how many more there are. Whoever has very many
 * may make the first {@link ROW_LIMIT} only and say the `count` of all.
 */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  count: number = rows.length,
): readonly string[] {
  const shown = rows.slice(0, ROW_LIMIT);
  const more = count - shown.length;
  return [
    line(head),
    `|${'---|'.repeat(head.length)}`,
    ...shown.map(line),
    ...(more > 0 ? ['', `… and ${more} more`] : []),
  ];
}

function line(cells: readonly (string | number)[]): string {
  return `| ${cells.map(text).join(' | ')} |`;
}

/** A run draws its page anew at every step, and next to no cell needs a change. */
function text(cell: string | number): string {
  if (typeof cell === 'number') return String(cell);
  if (!/[|\t\n\v\f\r]|\s\s/.test(cell)) return cell;
  return cell.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}
