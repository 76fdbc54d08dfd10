/** Owns the table's activities as a worker registers them. */
import { checkHolders } from '../dag/check-holders.js';
import type { ActivityPorts } from './activity-ports.js';
import { awaitExport } from './await-export.js';
import { awaitRestorable } from './await-restorable.js';
import { compareExport, deleteAuditExport, requestAuditExport } from './audit-table.js';
import { commitLoad } from './commit-load.js';
import { counting } from './counted-ports.js';
import { deleteExports } from './delete-exports.js';
import { enablePitr } from './enable-pitr.js';
import { openExportLine } from './open-export-line.js';
import { planLoad } from './plan-load.js';
import { readLake } from './read-lake.js';
import { requestExport } from './request-export.js';
import { sendAlert } from './send-alert.js';
import type { TableActivities } from './table-activities.js';
import { profileBatch, writeBatch } from './write-batch.js';

/** Every activity of a table's sync, over `ports`; the names are permanent, as workflows call them. */
export function createTableActivities(ports: ActivityPorts): TableActivities {
  return {
    enablePitr: enablePitr(ports),
    readLake: readLake(ports),
    awaitRestorable: awaitRestorable(ports),
    requestExport: requestExport(ports),
    openExportLine,
    checkHolders,
    awaitExport: awaitExport(ports),
    planLoad: counting(ports, planLoad),
    profileBatch: counting(ports, profileBatch),
    writeBatch: counting(ports, writeBatch),
    commitLoad: counting(ports, commitLoad),
    deleteExports: counting(ports, deleteExports),
    requestAuditExport: requestAuditExport(ports),
    compareExport: compareExport(ports),
    deleteAuditExport: deleteAuditExport(ports),
    sendAlert: sendAlert(ports),
  };
}
