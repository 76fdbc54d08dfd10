/** Owns many tables at once where the Region has room for few exports: none of them starves. */
import { expect, test } from '@jest/globals';
import { AWS_PROFILE } from '../../src/local/service-profile.js';
import { poolIdOf } from '../../src/scheduling/dag-names.js';
import { exportLineOf } from '../../src/scheduling/export-line.js';
import { poolViewQuery } from '../../workflows/dag-pool.js';
import { statusQuery } from '../../workflows/table-sync.js';
import { makeTable } from '../support/local-aws.js';
import { letPass, REGION, startSync, startSyncWorld, stopSync } from '../support/sync-world.js';

/** Room for six exports of five minutes in a window of fifteen, and twelve tables that want one. */
const TABLES = 12;
const AT_ONCE = 2;

test(`${TABLES} tables share room for ${AT_ONCE} exports fairly`, async () => {
  const exported: string[] = [];
  let asked = 0;
  const world = await startSyncWorld(
    {},
    {
      refuse: (operation) => {
        if (operation === 'ExportTableToPointInTime') asked += 1;
        return undefined;
      },
      failExport: ({ tableArn }) => {
        exported.push(tableArn.replace(/^.*table\//, ''));
        return undefined;
      },
    },
    { ...AWS_PROFILE, exportsAtOnce: AT_ONCE },
  );
  try {
    const names = Array.from({ length: TABLES }, (_table, n) => `orders-${n}`);
    for (const name of names) await makeTable(world.dynamo.client, name);
    await world.withWorker(async () => {
      const handles = [];
      for (const tableName of names) handles.push(await startSync(world.env, { tableName }));
      await letPass(world.env, 4);
      const statuses = await Promise.all(handles.map((handle) => handle.query(statusQuery)));
      const windows = statuses.map(({ totals }) => totals.windows);
      process.stdout.write(
        `${TABLES} tables, ${AT_ONCE} at once: ${exported.length} exports, asked for ${asked} times; ` +
          `windows ${Math.min(...windows)} to ${Math.max(...windows)}; between two of a table at most ${mostBetween(exported)} others\n`,
      );
      expect(statuses.filter(({ parked }) => parked !== undefined)).toEqual([]);
      // Round and round: those who have a turn may change places, and nobody else.
      expect(mostBetween(exported)).toBeLessThan(2 * TABLES);
      expect(2 * Math.min(...windows)).toBeGreaterThan(Math.max(...windows));

      // What the dead held and waited for is passed on.
      const living = handles.slice(TABLES / 2);
      for (const dead of handles.slice(0, TABLES / 2)) await dead.terminate('no more');
      await letPass(world.env, 2);
      const later = await Promise.all(living.map((handle) => handle.query(statusQuery)));
      for (const [index, { totals }] of later.entries()) {
        expect(totals.windows).toBeGreaterThan(windows[TABLES / 2 + index]! + 3);
      }
      await Promise.all(living.map(stopSync));
      const line = world.env.client.workflow.getHandle(poolIdOf(exportLineOf(REGION)));
      expect((await line.query(poolViewQuery)).queue).toEqual([]);
    });
  } finally {
    await world.close();
  }
}, 900_000);

/** How many exports of others lie between two of one table, at most. */
function mostBetween(exported: readonly string[]): number {
  const last = new Map<string, number>();
  let most = 0;
  for (const [index, name] of exported.entries()) {
    const before = last.get(name);
    if (before !== undefined) most = Math.max(most, index - before - 1);
    last.set(name, index);
  }
  return most;
}
