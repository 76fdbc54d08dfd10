/** Owns the choice of a column's name: the attribute's own, unless SQL could not tell it apart. */

/**
 * Names no attribute's column may have: the system columns, those the views add, those of Iceberg's
 * metadata, and `__proto__`, which DuckDB's JavaScript client drops from a struct.
 */
export const RESERVED_NAMES: readonly string[] = [
  '_change',
  '_written_at_micros',
  '_rest',
  '_written_at',
  '_window_from',
  '_window_to',
  '_operation',
  '_base',
  '_old',
  '_old_rest',
  '_tidemark_file',
  '_tidemark_order',
  '_tidemark_rank',
  '__proto__',
  // Iceberg's own, by which engines tell a row's place and past.
  '_file',
  '_pos',
  '_deleted',
  '_spec_id',
  '_partition',
  '_row_id',
  '_last_updated_sequence_number',
];

/**
 * A name for `attribute` that none of `taken` equals in any case, since SQL names differ by more
 * than case: the attribute's own or one with a suffix (`_2`, `_3`, …). It is added to `taken`,
 * which holds lower-case names.
 */
export function claimName(attribute: string, taken: Set<string>): string {
  // Parquet names are UTF-8 and SQL text ends at a NUL; neither can carry these.
  const legal = attribute.replaceAll('\0', '\uFFFD').replaceAll(/\p{Surrogate}/gu, '\uFFFD');
  const base = legal === '' ? '_empty' : legal;
  let name = base;
  for (let suffix = 2; taken.has(name.toLowerCase()); suffix++) name = `${base}_${suffix}`;
  taken.add(name.toLowerCase());
  return name;
}
