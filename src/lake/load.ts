/** Owns the load: one export on its way into the lake, in batches. */
import type { Instant } from '../core/instant.js';
import type { ExportScope } from '../export/table-exports.js';

/** One verified export, as far as the lake must know it. Small: it travels in workflow payloads. */
export interface Load {
  readonly scope: ExportScope;
  readonly tableId: string;
  /** Counts the base loads of a sync; recorded, not checked. */
  readonly epoch: number;
  readonly exportArn: string;
  /** Base64 MD5 of the export's manifest of files: which data this is. */
  readonly manifestMd5: string;
  /** Rows the whole load must come to, as the export's manifest counts them. */
  readonly itemCount: number;
  /** Partition key first. */
  readonly keyAttributes: readonly string[];
}

/** A run of consecutive data files of the manifest; the unit of parallel work. */
export interface Batch {
  /** From 0. */
  readonly index: number;
  /** How many batches the load has. */
  readonly batchCount: number;
  /** Position in the manifest of its first file, from 0. */
  readonly firstFile: number;
  readonly fileCount: number;
  /** Sum of its files' counts in the manifest. */
  readonly itemCount: number;
}

/** What a lake must remember of its base: see `ExportScope`. */
export function takenAtOf(scope: ExportScope): { readonly takenAt?: string } {
  return scope.kind === 'full' && scope.takenAt !== undefined ? { takenAt: scope.takenAt } : {};
}

/** The exclusive end of what the lake has once this is committed. */
export function watermarkOf(scope: ExportScope): Instant {
  return scope.kind === 'full' ? scope.exportTime : scope.window.to;
}
