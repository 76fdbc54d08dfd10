/** Owns the port to an Iceberg catalog; one contract suite holds every catalog to it. */
import type { TableMetadata } from './table-metadata.js';
import type { TableRequirement, TableUpdate } from './table-update.js';

/** A table as a catalog has it now. */
export interface LoadedTable {
  readonly metadata: TableMetadata;
  /** Where that metadata lies. */
  readonly metadataLocation: string;
}

/** `conflict`: a requirement did not hold, and nothing was changed. Load the table and decide anew. */
export type CatalogOutcome =
  | { readonly outcome: 'committed'; readonly table: LoadedTable }
  | { readonly outcome: 'conflict'; readonly reason: string };

/**
 * The property by which a commit without a snapshot is known again when its answer is lost: it sets a
 * value that no other does. Two that say the same in the same millisecond are told apart by it, too.
 */
export const COMMIT_ID = 'tidemark.commit-id';

/** What is to be done to a table, all of it or nothing, as in Iceberg's REST protocol. */
export interface TableCommit {
  readonly requirements: readonly TableRequirement[];
  readonly updates: readonly TableUpdate[];
}

/**
 * The tables of one namespace. Every method may be called by many processes at once; a commit is
 * atomic. An answer that never came leaves it open whether a commit took place: load, and look.
 */
export interface Catalog {
  /** Undefined when there is no such table. */
  loadTable(tableName: string): Promise<LoadedTable | undefined>;
  /** In byte order. */
  tableNames(): Promise<readonly string[]>;
  /** Where a new table of this name would lie; without a slash at its end. */
  locationOf(tableName: string): string;
  /** Makes the table; a conflict when there is one. */
  createTable(tableName: string, metadata: TableMetadata): Promise<CatalogOutcome>;
  commit(tableName: string, commit: TableCommit): Promise<CatalogOutcome>;
}
