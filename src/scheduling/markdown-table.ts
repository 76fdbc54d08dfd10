/** Owns tables in markdown, for the pages in Temporal Web. */

/** Rows of one table on a page; what a person reads at a glance, not a list to search. */
const ROW_LIMIT = 50;

/** The lines of a table; of many rows the first, and how many more there are. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): readonly string[] {
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')).join(' | ')} |`;
  const more = rows.length - ROW_LIMIT;
  return [
    line(head),
    `|${'---|'.repeat(head.length)}`,
    ...rows.slice(0, ROW_LIMIT).map(line),
    ...(more > 0 ? ['', `… and ${more} more`] : []),
  ];
}
