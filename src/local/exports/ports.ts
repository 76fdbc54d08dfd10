/** Owns what the export service needs of the world: tables with a change log, buckets, a memory. */
import type { ObjectStore } from '../../core/object-store.js';
import type { Item } from '../../export/attribute-value.js';
import type { ExportRecord } from './export-record.js';

/** One committed write of one item. */
export interface Change {
  /** When it was committed; unique to a write, shared by the writes of one transaction. */
  readonly micros: bigint;
  /** Text that names the item within its table; equal for equal keys only. */
  readonly key: string;
  /** Undefined when the item was not there. */
  readonly oldImage: Item | undefined;
  /** Undefined when the write deleted the item. */
  readonly newImage: Item | undefined;
}

/** A table as exports see it. */
export interface ExportedTable {
  readonly tableName: string;
  readonly tableArn: string;
  /** Names this incarnation of the table: another one under the same name has another. */
  readonly tableId: string;
  /** Partition key first, then the sort key if there is one. */
  readonly keyAttributes: readonly string[];
  /** Undefined while point-in-time recovery is off. */
  readonly pitr: PitrSettings | undefined;
}

/** Point-in-time recovery as it was switched on. */
export interface PitrSettings {
  readonly enabledAtMicros: bigint;
  /** 1 to 35. */
  readonly recoveryPeriodDays: number;
}

/** The tables and every write to them. */
export interface ChangeLog {
  /** Undefined when there is no such table, or it is being created or deleted. */
  findTable(tableName: string): Promise<ExportedTable | undefined>;
  /**
   * Every change stamped in `[fromMicros, toMicros)`, oldest first. Resolves only when each write
   * stamped before `toMicros` has committed, and from then on no write is stamped before it.
   */
  readChanges(tableId: string, fromMicros: bigint, toMicros: bigint): Promise<readonly Change[]>;
}

/** Where exports are remembered, so that a restart goes on with those in progress. */
export interface ExportRegistry {
  load(): Promise<readonly ExportRecord[]>;
  save(record: ExportRecord): Promise<void>;
}

/** Opens the bucket an export goes to; a missing one shows itself when it is written to. */
export type OpenBucket = (bucket: string) => ObjectStore;
