/** Owns what a user may choose of how a table is looked after. */

/** All optional; absent is the usual. A change counts from the next load on. */
export interface TableCare {
  /** Days for which a state of the table can be asked for, at least. */
  readonly keepDays?: number;
  /** Loads between two looks at whether files are to be written anew. */
  readonly compactEvery?: number;
  /** About how large data files become, in megabytes of 2^20 bytes. */
  readonly fileMegabytes?: number;
}
