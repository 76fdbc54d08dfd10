/** Owns DAGs that share a pool, whose bodies tell a log file when they begin and end. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { dag, type Json } from '../../src/dag/index.js';
import type { ServedDag } from '../../src/temporal/deploy-dags.js';

/** Slots of the pool `shared`. */
export const SLOTS = 3;
export const ITEMS = 12;
const FOR_EVER_MS = 3_600_000;

/** Less urgent and more urgent items, and some that hold every slot until they are killed. */
export function pooledDags(log: string): Readonly<Record<'low' | 'high' | 'stuck', ServedDag>> {
  const make = (id: string, priority: number, items: number, tookMs: number): ServedDag =>
    dag(id, { pools: { shared: SLOTS } }, (d) => {
      const item = d.task(
        'item',
        async (a: { n: number }) => {
          appendFileSync(log, `${id} started\n`);
          await sleep(tookMs);
          appendFileSync(log, `${id} ended\n`);
          return a.n;
        },
        { pool: 'shared', priority },
      );
      item.map({ n: Array.from({ length: items }, (_, n) => n) });
    });
  return {
    low: make('low', 1, ITEMS, 400),
    high: make('high', 5, ITEMS, 400),
    stuck: make('stuck', 9, SLOTS, FOR_EVER_MS),
  };
}

export function dagsOf(log: Json): readonly ServedDag[] {
  return Object.values(pooledDags(log as string));
}
