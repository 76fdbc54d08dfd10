/** Owns making a load visible. */
import { Context } from '@temporalio/activity';
import { secondsBetween } from '../../src/core/instant.js';
import { lake } from '../../src/dag/assets.js';
import type { CommitOutcome } from '../../src/lake/lake.js';
import { watermarkOf, type Load } from '../../src/lake/load.js';
import type { AssetUpdate } from '../../src/scheduling/asset-messages.js';
import type { ActivityPorts } from './activity-ports.js';
import { beating } from './beating.js';
import type { LoadOrder, LoadReceipt } from './load-order.js';
import { lakeTableOf, openOrderedExport } from './ordered-export.js';
import type { TableActivities } from './table-activities.js';

/** The commit itself is atomic and says so when it was done before. */
export function commitLoad(ports: ActivityPorts): TableActivities['commitLoad'] {
  return (order, batches) =>
    beating(
      () => 'committing',
      async (): Promise<LoadReceipt> => {
        const { load } = await openOrderedExport(ports, order);
        const committedAt = ports.now();
        const result = await lakeTableOf(ports, order).commit(load, batches, committedAt);
        const { counts, outcome, watermark, sizeBytes = 0 } = result;
        const receipt = {
          outcome,
          watermark,
          rows: rowsOf(result),
          tombstones: counts?.delete ?? 0,
          sizeBytes,
          committedAt,
        };
        metered(order.tableName, receipt);
        // Whether committed now or by an attempt that died before it could tell; what other commits
        // cover is theirs to tell.
        if (counts !== undefined) await ports.assetUpdated?.(updateOf(order, load, receipt));
        return receipt;
      },
    );
}

/** How many commits there were, and how old the newest change in the lake can be. */
function metered(table: string, { outcome, watermark, committedAt }: LoadReceipt): void {
  const meter = Context.current().metricMeter.withTags({ table });
  if (outcome === 'committed') meter.createCounter('tidemark_commits').add(1);
  const freshnessSeconds = Math.max(0, secondsBetween(watermark, committedAt));
  meter.createGauge('tidemark_freshness', 'int', 's').set(freshnessSeconds);
}

function rowsOf({ counts }: CommitOutcome): number {
  return counts === undefined ? 0 : Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** The key is the load's, so that telling twice is telling once. */
function updateOf(
  order: LoadOrder,
  { scope, epoch, tableId }: Load,
  receipt: LoadReceipt,
): AssetUpdate {
  const asset = lake(order.tableName).name;
  const to = watermarkOf(scope);
  const from = scope.kind === 'full' ? {} : { from: scope.window.from };
  return {
    key: `${asset} ${tableId} ${epoch} ${scope.kind} ${to}`,
    event: {
      asset,
      at: receipt.committedAt,
      extra: { kind: scope.kind, ...from, to, rows: receipt.rows },
    },
  };
}
