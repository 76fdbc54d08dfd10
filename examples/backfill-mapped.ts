/**
 * A mapped backfill: every partition of a past range is computed again, some at a time.
 *
 * Shows: a map over the cross product of two lists, an input that is the same for every item, names
 * for items, a bound on how many run at once, retries with backoff, and a summary that says of each
 * item how it ended, although some have failed.
 *
 * (A backfill of a DAG's own *runs* needs no code: `tidemark dag backfill`.)
 *
 *   npx tidemark dag test examples/backfill-mapped.ts
 *   npx tidemark dag trigger backfill_mapped --params '{"from":"2026-01-01","to":"2026-02-01"}'
 *   npx tidemark dag retry backfill_mapped RUN          (only the partitions that failed)
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { dag, type Outcome } from 'tidemark';
import { writeWhole } from './shared/write-whole.js';

interface Partition {
  day: string;
  shop: string;
  cents: number;
}

const DAY_MS = 86_400_000;

export default dag(
  'backfill_mapped',
  {
    description: 'Computes the partitions of a past range again.',
    params: z.object({
      /** Days from `from`, and before `to`. */
      from: z.iso.date().default('2026-01-01'),
      to: z.iso.date().default('2026-01-08'),
      shops: z.array(z.string()).default(['paris', 'tokyo', 'reykjavik']),
      /** Whether partitions that are there already are computed again, too. */
      overwrite: z.boolean().default(true),
      directory: z.string().default('.tidemark/examples/backfill_mapped'),
    }),
  },
  (d) => {
    const days = d.task('days', async (_: object, run) => {
      const { from, to } = run.params;
      const list: string[] = [];
      for (let at = Date.parse(from); at < Date.parse(to); at += DAY_MS) {
        list.push(new Date(at).toISOString().slice(0, 10));
      }
      return list;
    });
    const shops = d.task('shops', async (_: object, run) => run.params.shops);

    const compute = d.task(
      'compute',
      async (a: { day: string; shop: string; format: 'json' }, run): Promise<Partition> => {
        const { directory, overwrite } = run.params;
        const path = join(directory, `day=${a.day}`, `shop=${a.shop}`, `sales.${a.format}`);
        if (!overwrite && existsSync(path)) {
          return JSON.parse(await readFile(path, 'utf8')) as Partition;
        }
        const partition = { day: a.day, shop: a.shop, cents: salesOf(a.day, a.shop) };
        // The same name and the same bytes each time: a second attempt changes nothing.
        await writeWhole(path, JSON.stringify(partition));
        return partition;
      },
      { retries: 4, retryDelay: '10s', retryExponentialBackoff: true, maxRetryDelay: '5m' },
    );

    const summary = d.task(
      'summary',
      async (a: { partitions: Outcome<Partition>[] }, run) => {
        const done = a.partitions.flatMap((one) => (one.state === 'success' ? [one.value] : []));
        const errors = a.partitions.flatMap((one, at) =>
          one.state === 'failed' ? [`compute[${at}]: ${one.error.message}`] : [],
        );
        const cents = done.reduce((sum, partition) => sum + partition.cents, 0);
        const found = { partitions: done.length, of: a.partitions.length, cents, errors };
        await writeWhole(join(run.params.directory, 'summary.json'), JSON.stringify(found));
        if (errors.length > 0) run.fail(errors.join('\n'));
        return found;
      },
      { triggerRule: 'all_done' },
    );

    const partitions = compute
      .partial({ format: 'json' })
      .map({ day: days(), shop: shops() }, { maxActive: 8, key: (a) => `${a.day} ${a.shop}` });
    summary({ partitions: partitions.outcomes });
  },
);

/** Stands for a query over the raw data: the same answer for the same day and shop. */
function salesOf(day: string, shop: string): number {
  return createHash('sha256').update(`${day} ${shop}`).digest().readUInt16BE(0);
}
