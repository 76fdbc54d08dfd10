/** Owns what an export is asked for by that is taken to compare a lake with, and for nothing else. */
import { compactInstant, type Instant } from '../core/instant.js';
import { clientTokenOf } from './client-token.js';
import type { ExportDestination, ExportRequest, TableIdentity } from './table-exports.js';

/** Which export. */
export interface VerifyExport extends ExportDestination {
  readonly table: TableIdentity;
  readonly instant: Instant;
  /** Prefix of the table's exports of all kinds; no slash at either end, may be empty. */
  readonly root: string;
  /** Of this comparison alone: the same answers with the same export, for eight hours. */
  readonly run: string;
}

/**
 * A full export in a place of its own, `<root>/<table>/verify/20261124T080000Z-<run>`: it is deleted
 * after use, so that neither a sync nor another comparison may be given it.
 */
export function verifyExportRequest({
  table,
  instant,
  root,
  run,
  ...destination
}: VerifyExport): ExportRequest {
  const scope = { kind: 'full', exportTime: instant } as const;
  const { tableName, tableArn, tableId } = table;
  const parts = [root, tableName, 'verify', `${compactInstant(instant)}-${run}`];
  const prefix = parts.filter((part) => part !== '').join('/');
  // Epoch 0 is no sync's.
  const { bucket } = destination;
  const clientToken = clientTokenOf({ tableId, epoch: 0, scope, bucket, prefix, attempt: 1 });
  return { tableArn, scope, ...destination, prefix, clientToken };
}
