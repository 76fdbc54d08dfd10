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
  return [root.replace(/\/+$/, ''), tableName, leafOf(scope)]
    .filter((part) => part !== '')
    .join('/');
}

function leafOf(scope: ExportScope): string {
  if (scope.kind === 'full') return `full/${compactInstant(scope.exportTime)}`;
  const { from, to } = exportedWindow(scope);
  return `window/${compactInstant(from)}-${compactInstant(to)}`;
}
