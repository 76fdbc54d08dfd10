/** Owns loads whose export begins before their window, and which tables can have them. */
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { Instant } from '../core/instant.js';
import type { ExportScope } from '../export/table-exports.js';
import type { LakeFormat } from './lake-format.js';
import type { Load } from './load.js';
import type { TableOptions } from './table-options.js';

/** The scope of an export that overlaps with the windows before its own. */
export type EarlierScope = Extract<ExportScope, { readonly kind: 'incremental' }> & {
  readonly exportFrom: Instant;
};

/** Whether an export begins before the window that it is taken for. */
export function beginsEarlier(scope: ExportScope): scope is EarlierScope {
  return scope.kind === 'incremental' && scope.exportFrom !== undefined;
}

/**
 * Why no overlapping export can be loaded into a table of this make; undefined where it can.
 *
 * Such an export tells of deletes by silence (see `vanishedRows`), which a directory of changes cannot
 * hold, and its old images are of the export's beginning, not of the window's, as a history has them.
 */
export function overlapRefused(
  format: LakeFormat,
  { changes = false }: TableOptions,
): string | undefined {
  if (format !== 'iceberg') return `format: '${format}' takes no exports that overlap`;
  return changes ? 'the history of changes takes no exports that overlap' : undefined;
}

/** InvalidConfig when the load's export overlaps, and a table of this make cannot have that. */
export function requireNoOverlap(load: Load, format: LakeFormat, options: TableOptions = {}): void {
  const refusal = beginsEarlier(load.scope) ? overlapRefused(format, options) : undefined;
  if (refusal === undefined) return;
  throw new TidemarkError(`${load.exportArn} begins before its window, and ${refusal}.`, {
    code: ErrorCode.InvalidConfig,
    subject: load.exportArn,
    hint: 'Set no freshness for the table, and start its sync again.',
  });
}
