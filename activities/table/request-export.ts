/** Owns asking DynamoDB for an export. */
import { clientTokenOf } from '../../src/export/client-token.js';
import { windowPrefix } from '../../src/export/window-prefix.js';
import { checkedChoices } from '../../src/processing/iceberg/choices-for.js';
import type { ActivityPorts } from './activity-ports.js';
import type { TableActivities } from './table-activities.js';

/** Asking twice is asking once: the token is derived from what is asked. */
export function requestExport(ports: ActivityPorts): TableActivities['requestExport'] {
  return async (input) => {
    const { region, table, scope, exportBucket, exportPrefix, epoch, attempt } = input;
    // Found now, an export is spared that no lake could be made of.
    if (scope.kind === 'full') checkedChoices(input.tableOptions ?? {}, table, ports.hashKey);
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
