/** Owns how a sync catches up: with the fewest exports that the service allows. */
import { expect, test } from '@jest/globals';
import { statusQuery } from '../../workflows/table-sync.js';
import { followTable, isGapless, lengthOf } from '../support/followed-table.js';
import { stopSync } from '../support/sync-world.js';

const DAY_SECONDS = 24 * 60 * 60;

test.each([
  ['by default', {}],
  ["with freshness: '10m'", { freshnessSeconds: 600 }],
])(
  'a pause of 10 days is caught up with 10 exports, in order, %s',
  async (_how, settings) => {
    const table = await followTable();
    const { world } = table;
    try {
      await world.withWorker(async () => {
        const handle = await table.start(settings);
        await table.letPass(2);
        await handle.signal('pause');
        await table.letPass(10 * 24);
        await handle.signal('resume');
        await table.letPass(3);
        await stopSync(handle);
        const { watermark } = await handle.query(statusQuery);
        // What is left of the last day, and the minutes that the others took, is one window more.
        const wide = table.committed.filter((each) => lengthOf(each) > 2 * 60 * 60);
        process.stdout.write(
          `caught up: ${wide.map(({ window }) => `${window.from}/${window.to}`).join(' ')}\n`,
        );
        expect(wide).toHaveLength(10);
        expect(wide.slice(0, 9).map(lengthOf)).toEqual(Array(9).fill(DAY_SECONDS));
        expect(isGapless(table.committed)).toBe(true);
        expect(await table.lakeItems()).toEqual(table.model.stateAt(watermark!));
      });
    } finally {
      await world.close();
    }
  },
  900_000,
);
