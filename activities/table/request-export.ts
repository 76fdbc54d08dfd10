/** Owns asking DynamoDB for an export. */
import { clientTokenOf } from '../../src/export/client-token.js';
import { windowPrefix } from '../../src/export/window-prefix.js';
import type { ActivityPorts } from './activity-ports.js';
import type { TableActivities } from './table-activities.js';

/** Asking twice is asking once: the token is derived from what is asked. */
export function requestExport(ports: ActivityPorts): TableActivities['requestExport'] {
  return async ({ region, table, scope, exportBucket, exportPrefix, epoch, attempt }) => {
    const prefix = windowPrefix(exportPrefix, table.tableName, scope);
    const clientToken = clientTokenOf({
      tableId: table.tableId,
      epoch,
      scope,
      bucket: exportBucket,
      prefix,
      attempt,
    });
    return ports.tableExports(region).requestExport({
      tableArn: table.tableArn,
      scope,
      bucket: exportBucket,
      prefix,
      clientToken,
    });
  };
}
