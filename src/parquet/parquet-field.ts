/** Owns the schema of a Parquet file as its writer is told it. */

/** A column, a struct's field or a list's element, with the id that Iceberg knows it by. */
export interface ParquetField {
  readonly name: string;
  /** Iceberg's field id; readers find the column by it, whatever its name. */
  readonly id: number;
  readonly required: boolean;
  readonly type: ParquetType;
}

/**
 * What lies in a column. Each has its {@link Vector}: bytes for string and binary, long for long
 * and timestamptz (microseconds since 1970), decimal of at most 38 digits for decimal.
 */
export type ParquetType =
  | { readonly kind: 'string' }
  | { readonly kind: 'binary' }
  | { readonly kind: 'long' }
  | { readonly kind: 'timestamptz' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'list'; readonly element: ParquetField }
  | { readonly kind: 'struct'; readonly fields: readonly ParquetField[] };
