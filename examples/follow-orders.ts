/**
 * Following a table: each time the lake's `orders` moves on, a small tally moves on with it.
 *
 * Shows: a schedule by an asset, `lake('orders')`, that every commit of the table's sync updates;
 * the windows that started a run, in `run.assetEvents`; and how to count every change once, whatever
 * is killed when: the tally and how far it goes are one file, replaced in one step.
 *
 *   npx tidemark up                                     (in another terminal: a window every 15 s)
 *   npx tidemark dag trigger follow_orders              (or wait for the next window)
 *   cat .tidemark/examples/follow_orders/tally.json
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { dag, lake, withLake } from 'tidemark';
import { writeWhole } from './shared/write-whole.js';

/** What an update of a lake table says: its window (no `from` when it was loaded in full). */
const committed = z.object({ from: z.string().optional(), to: z.string(), rows: z.number() });

const tallySchema = z.object({
  /** Windows that end here or before are counted. */
  watermark: z.string(),
  changes: z.record(z.string(), z.number()),
});
/** Rows of a query: a change's kind, and how many. Whole numbers of SQL arrive as text. */
const counted = z.array(z.tuple([z.string(), z.coerce.number()]));

type Tally = z.infer<typeof tallySchema>;

const NOTHING: Tally = { watermark: '1970-01-01T00:00:00Z', changes: {} };

export default dag(
  'follow_orders',
  {
    description: 'Keeps a tally of what happens to orders.',
    schedule: lake('orders'),
    params: z.object({ directory: z.string().default('.tidemark/examples/follow_orders') }),
    // One at a time: two runs would read the same tally and the later would undo the earlier.
    maxActiveRuns: 1,
    defaults: { retries: 5, retryDelay: '5s' },
  },
  (d) => {
    const window = d.task('window', async (_: object, run) => {
      const events = run.assetEvents.map(({ extra }) => committed.parse(extra));
      const { start, end } = run.dataInterval;
      for (const { from, to, rows } of events) {
        run.logger.info(`${rows} rows of ${from ?? 'the beginning'} to ${to}`, { start, end });
      }
      // Asked for by hand there are no events: then all that the lake has.
      const ends = events.map(({ to }) => to).sort();
      const to = ends.at(-1) ?? (await withLake((open) => open.watermarkOf('orders')));
      return to === undefined ? run.skip('orders is not in the lake yet') : { to };
    });

    const tally = d.task('tally', async (a: { window: { to: string } }, run): Promise<Tally> => {
      const path = join(run.params.directory, 'tally.json');
      const text = await readFile(path, 'utf8').catch(() => undefined);
      const before = text === undefined ? NOTHING : tallySchema.parse(JSON.parse(text));
      // Counted already, by an attempt whose answer was lost or by a run that was ahead of this one.
      if (a.window.to <= before.watermark) return before;
      // From the tally's own watermark, not the event's: so no window is missed and none counts twice.
      const { rows } = await withLake((open) =>
        open.run(`
          SELECT change, sum(keys) FROM (
            UNPIVOT (
              SELECT inserts, updates, deletes FROM orders_windows
              WHERE window_from IS NOT NULL
                AND window_to > '${before.watermark}'::TIMESTAMP
                AND window_to <= '${a.window.to}'::TIMESTAMP
            ) ON inserts, updates, deletes INTO NAME change VALUE keys
          ) GROUP BY change HAVING sum(keys) > 0 ORDER BY change`),
      );
      const changes = { ...before.changes };
      for (const [kind, count] of counted.parse(rows)) changes[kind] = (changes[kind] ?? 0) + count;
      const after = { watermark: a.window.to, changes };
      await writeWhole(path, JSON.stringify(after)); // the step that counts
      return after;
    });

    tally({ window: window() });
  },
);
