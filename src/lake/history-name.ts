/** Owns the name of a table's history. */

/** `orders_changes` for `orders`. */
export function historyName(tableName: string): string {
  return `${tableName}_changes`;
}
