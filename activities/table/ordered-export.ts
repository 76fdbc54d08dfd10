/** Owns how a load order becomes a verified export, and the lake's table it goes to. */
import { log } from '@temporalio/activity';
import { messageOf } from '../../src/core/errors.js';
import type { LakeTable } from '../../src/lake/lake.js';
import { careLimits } from '../../src/processing/iceberg/care/care-options.js';
import type { CareEvent } from '../../src/processing/iceberg/care/care-ports.js';
import { openExport, type OpenedExport } from '../../src/processing/load-export.js';
import { lakeLocation } from '../../src/processing/lake-location.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import type { ActivityPorts } from './activity-ports.js';
import type { LoadOrder, TableRef } from './load-order.js';

/** Reads the export's manifests anew: each activity verifies what it goes by. */
export function openOrderedExport(ports: ActivityPorts, order: LoadOrder): Promise<OpenedExport> {
  const { table, scope, exportArn, manifestKey, epoch, batchBytes } = order;
  const { tableArn, tableId, keyAttributes } = table;
  const store = ports.objectStore(order.region, order.exportBucket);
  const expected = { exportArn, tableArn, tableId, scope };
  return openExport(
    { store, manifestKey, expected },
    { scope, tableId, epoch, exportArn, keyAttributes, batchBytes },
  );
}

/** The table in its lake. */
export function lakeTableOf(ports: ActivityPorts, ref: TableRef): LakeTable {
  const store = ports.objectStore(ref.region, ref.lakeBucket);
  const { lakeFormat: format = 'parquet', tableOptions } = ref;
  const onCare = (tableName: string, event: CareEvent): void => {
    if (event.kind === 'failed') {
      log.warn(`the care of ${tableName} failed: ${messageOf(event.error)}`);
    } else log.info(`the care of ${tableName}`, { ...event });
  };
  const lake = openLake({
    ...lakeLocation(store, ref, ports.openCatalog),
    format,
    hashKey: ports.hashKey,
    care: { onCare, care: careLimits(ref.care ?? {}) },
  });
  return lake.table(ref.tableName, tableOptions);
}
