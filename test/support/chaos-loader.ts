/** Owns the program of a process that loads a table until all is there, or it is killed. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import { messageOf, TidemarkError } from '../../src/core/errors.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { chaosLoads, type ChaosPlan } from './chaos-loads.js';
import { apply } from './lake-loads.js';

/** What a loader is told, as JSON in its environment. */
export interface LoaderOrder extends ChaosPlan {
  readonly storeDirectory: string;
  readonly cacheDirectory: string;
  /** A file with the number of loads that may be done by now. */
  readonly allowanceFile: string;
}

/** A table's name in every run. */
export const CHAOS_TABLE = 'orders';

/** What a loader may do now. */
export interface Allowance {
  readonly loads: number;
  readonly isOver: boolean;
}

/** Says `at <loads in the table>`, `begin <load>` and `end <load> <outcome>`, a line each. */
export async function runLoader(order: LoaderOrder): Promise<void> {
  const { storeDirectory, cacheDirectory, allowanceFile } = order;
  const store = createFileObjectStore({ directory: storeDirectory });
  const lake = openLake({ store, lakePrefix: 'lake', format: 'iceberg', cacheDirectory });
  const table = lake.table(CHAOS_TABLE);
  const plan = chaosLoads(order);
  let load = plan.next().value;
  let next = 0;
  for (;;) {
    const watermark = (await table.readState())?.watermark;
    for (; watermark !== undefined && load.watermark <= watermark; next++) load = plan.next().value;
    say(`at ${next}`);
    const allowance = JSON.parse(await readFile(allowanceFile, 'utf8')) as Allowance;
    if (allowance.isOver) return;
    if (next >= allowance.loads) {
      await sleep(20);
      continue;
    }
    say(`begin ${next}`);
    try {
      const { outcome } = await apply(table, load.fixture());
      say(`end ${next} ${outcome}`);
    } catch (error) {
      // As a sync's activity is: tried again only if that can help.
      if (!(error instanceof TidemarkError && error.retryable)) throw error;
      say(`end ${next} retry ${messageOf(error)}`);
    }
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
