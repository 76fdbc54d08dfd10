/** Owns where on S3 each export goes: a prefix of its own. */
import { compactInstant } from '../core/instant.js';
import { exportedWindow, type ExportScope } from './table-exports.js';

/**
 * The S3 prefix of one export, without a slash at its end: `<root>/<table>/full/20261124T080000Z`
 * or `<root>/<table>/window/20261124T080000Z-20261124T081500Z`.
 *
 * Incremental exports under one prefix share one `data/` folder (S3DataExport.Output.html), so
 * every window has its own.
 */
export function windowPrefix(root: string, tableName: string, scope: ExportScope): string {
  return prefixBelow(root, tableName, exportLeaf(scope));
}

/** The prefix of the export whose {@link exportLeaf} is `leaf`. */
export function prefixBelow(root: string, tableName: string, leaf: string): string {
  return [root.replace(/\/+$/, ''), tableName, leaf].filter((part) => part !== '').join('/');
}

/**
 * Key of the `manifest-summary.json` of the export that was written under `prefix`: its folder has the
 * name that ends its ARN (S3DataExport.Output.html).
 */
export function manifestKeyOf(prefix: string, exportArn: string): string {
  return `${prefix}/AWSDynamoDB/${exportIdOf(exportArn)}/manifest-summary.json`;
}

/** What ends the ARN of an export: `01793520000000-0a1b2c3d`. */
export function exportIdOf(exportArn: string): string {
  return exportArn.replace(/^.*\//, '');
}

/** The end of an export's prefix, which tells exports of one table apart by what they cover. */
export function exportLeaf(scope: ExportScope): string {
  if (scope.kind === 'full') return `full/${compactInstant(scope.exportTime)}`;
  const { from, to } = exportedWindow(scope);
  return `window/${compactInstant(from)}-${compactInstant(to)}`;
}
