/** Owns what a user may choose of a table in the lake; the lake keeps to it from one full load to the next. */

/**
 * All optional; absent is the usual. The choices are those of a full load, which records them in the
 * table: its windows go by the record, so that rows of one table are all of one make.
 */
export interface TableOptions {
  /** Types of columns by attribute, as Iceberg writes them: `decimal(18,2)`, `long`, `string`. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Whether maps and lists become structs and lists where they are regular, or always JSON text. */
  readonly nested?: Nested;
  /** Attributes that the lake shall never have. */
  readonly omit?: readonly string[];
  /** Attributes of which the lake has a hash in place of the value. */
  readonly hash?: readonly string[];
  /** Whether `<table>_changes` is kept: every change of every window. */
  readonly changes?: boolean;
  /** Of Iceberg: 2 writes position deletes, 3 deletion vectors. */
  readonly formatVersion?: FormatVersion;
  /** Terms by which rows are parted into files: `country`, `truncate(10, created_at)`, `bucket(16, pk)`. */
  readonly partitionBy?: readonly string[];
}

/** What becomes of maps and lists. */
export const NESTED = ['struct', 'json'] as const;
/** One of {@link NESTED}. */
export type Nested = (typeof NESTED)[number];

/** The versions of Iceberg's format that tables may have. */
export const FORMAT_VERSIONS = [2, 3] as const;
/** One of {@link FORMAT_VERSIONS}. */
export type FormatVersion = (typeof FORMAT_VERSIONS)[number];

/** The fields of {@link TableOptions}. */
export const TABLE_OPTIONS = [
  'columns',
  'nested',
  'omit',
  'hash',
  'changes',
  'formatVersion',
  'partitionBy',
] as const satisfies readonly (keyof TableOptions)[];
