/**
 * Waiting for a file: once a delivery is there it is cleaned, added up and cleared away again; a day
 * without one is skipped, not failed.
 *
 * Shows: a sensor that holds no worker while it waits, with a timeout that skips; and a setup and a
 * teardown around the work, so that scratch files are gone even when the work has failed.
 *
 *   npx tidemark dag test examples/wait-for-file.ts     (no time passes: the wait of 6 h is virtual)
 *   npx tidemark dag trigger wait_for_file
 *   printf 'order,cents\na,100\n,\nb,250\n' > .tidemark/examples/wait_for_file/orders.csv
 */
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { dag, type Outcome } from 'tidemark';
import { writeWhole } from './shared/write-whole.js';

export default dag(
  'wait_for_file',
  {
    description: 'Adds up a delivery once it has come.',
    params: z.object({
      file: z.string().default('orders.csv'),
      /** A folder that every worker sees. */
      directory: z.string().default('.tidemark/examples/wait_for_file'),
    }),
    defaults: { retries: 2, retryDelay: '5s' },
  },
  (d) => {
    // Whoever delivers should rename the file into place, so that it is whole when it is seen.
    const delivered = d.sensor(
      'delivered',
      async (_: object, run) => {
        const path = join(run.params.directory, run.params.file);
        const found = await stat(path).catch(() => undefined);
        return found?.isFile() === true ? path : null;
      },
      { pokeInterval: '10s', timeout: '6h', softFail: true },
    );

    const scratch = d.setup('make_scratch', async (_: object, run) => {
      // Named after the run, so that every attempt and every run finds its own.
      const path = join(run.params.directory, `scratch-${run.runId.replaceAll(':', '')}`);
      await mkdir(path, { recursive: true });
      return path;
    });

    const clean = d.task('clean', async (a: { file: string; scratch: string }) => {
      const [, ...lines] = (await readFile(a.file, 'utf8')).trim().split('\n');
      const path = join(a.scratch, 'clean.csv');
      await writeWhole(path, lines.filter((line) => /^\w+,\d+$/.test(line)).join('\n'));
      return path;
    });

    const addUp = d.task('add_up', async (a: { clean: string }, run) => {
      const lines = (await readFile(a.clean, 'utf8')).split('\n').filter((line) => line !== '');
      const cents = lines.reduce((sum, line) => sum + Number(line.split(',')[1]), 0);
      const total = { file: run.params.file, orders: lines.length, cents };
      await writeWhole(join(run.params.directory, 'total.json'), JSON.stringify(total));
      return total;
    });

    const file = delivered();
    const made = scratch().after(file);
    const total = addUp({ clean: clean({ file, scratch: made }) });
    const clear = d.teardown(
      'clear_scratch',
      async (a: { scratch: Outcome<string> }) => {
        if (a.scratch.state === 'success') {
          await rm(a.scratch.value, { recursive: true, force: true });
        }
      },
      { setups: made },
    );
    clear({ scratch: made }).after(total);
  },
);
