/** Owns the care of a table after a load: compaction, expiry, orphans, each by itself and bounded. */
import type { TableMetadata } from '../../../iceberg/table-metadata.js';
import { areOrphansDue, isCompactionDue } from './care-due.js';
import type { CareOptions } from './care-options.js';
import type { CareEvent, CareOutcome, CarePorts } from './care-ports.js';
import { compactTable } from './compact-table.js';
import { expireSnapshots } from './expire-snapshots.js';
import { removeOrphans } from './remove-orphans.js';

/**
 * Does what is due. Never fails and changes no row: the load before it is committed, whatever happens
 * here, and what was not done now is done after a later one.
 */
export async function careForTable(
  ports: CarePorts,
  options: CareOptions,
  report: (event: CareEvent) => void,
): Promise<void> {
  await attempt(ports, report, (metadata) =>
    isCompactionDue(metadata, options) ? compactTable(ports, metadata, options) : undefined,
  );
  await attempt(ports, report, (metadata) =>
    mayDeleteFiles(metadata) ? expireSnapshots(ports, metadata, options) : undefined,
  );
  await attempt(ports, report, (metadata) =>
    mayDeleteFiles(metadata) && areOrphansDue(metadata, options, ports.nowMs())
      ? removeOrphans(ports, metadata, options)
      : undefined,
  );
}

async function attempt(
  { catalog, tableName }: CarePorts,
  report: (event: CareEvent) => void,
  care: (metadata: TableMetadata) => Promise<CareOutcome> | undefined,
): Promise<void> {
  try {
    const found = await catalog.loadTable(tableName);
    const event = found && (await care(found.metadata));
    if (event !== undefined) report(event);
  } catch (error) {
    report({ kind: 'failed', error });
  }
}

/** Somebody may share the table's files with another table; Iceberg's engines heed this too. */
function mayDeleteFiles({ properties }: TableMetadata): boolean {
  return properties['gc.enabled'] !== 'false';
}
