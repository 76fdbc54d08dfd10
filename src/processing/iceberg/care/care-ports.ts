/** Owns what the care of a table works with, and what it tells. */
import type { Catalog } from '../../../iceberg/catalog.js';
import type { FileIo } from '../../../iceberg/file-io.js';
import type { ObjectStore } from '../../../core/object-store.js';
import type { TableLayout } from '../../../lake/layout.js';

export interface CarePorts {
  readonly catalog: Catalog;
  readonly tableName: string;
  /** Where its loads leave what they have until they are committed. */
  readonly layout: TableLayout;
  /** Of the table's files; `io` has the same ones by their locations. */
  readonly store: ObjectStore;
  readonly io: FileIo;
  readonly nowMs: () => number;
  /** 63 bits, not used before. */
  readonly newSnapshotId: () => bigint;
}

/** What was done for a table; `gave-up` when another commit came first. */
export type CareEvent =
  | {
      readonly kind: 'compacted';
      readonly rewrittenDataFiles: number;
      readonly writtenDataFiles: number;
      readonly mergedDeleteFiles: number;
      readonly droppedDeleteFiles: number;
    }
  | { readonly kind: 'expired'; readonly snapshots: number; readonly files: number }
  | { readonly kind: 'removed-orphans'; readonly files: number }
  | { readonly kind: 'gave-up'; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Told of what was done; undefined where there was nothing to do. */
export type CareOutcome = CareEvent | undefined;
