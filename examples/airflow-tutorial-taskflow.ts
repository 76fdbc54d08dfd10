/**
 * Airflow's TaskFlow tutorial, `tutorial_taskflow_api`, moved over: extract, transform, load. The
 * same in Airflow is in airflow/tutorial.py; docs/from-airflow.md has both side by side.
 *
 * Shows: outputs that flow along with their types. A `load` that took text would not compile.
 *
 *   npx tidemark dag test examples/airflow-tutorial-taskflow.ts
 *   npx tidemark dag trigger tutorial_taskflow_api
 */
import { join } from 'node:path';
import { z } from 'zod';
import { dag, manual } from 'tidemark';
import { writeWhole } from './shared/write-whole.js';

export default dag(
  'tutorial_taskflow_api',
  {
    schedule: manual(),
    startDate: '2021-01-01T00:00:00Z',
    tags: ['example'],
    params: z.object({
      directory: z.string().default('.tidemark/examples/tutorial_taskflow_api'),
    }),
  },
  (d) => {
    const extract = d.task('extract', async (): Promise<Record<string, number>> => ({
      '1001': 301.27,
      '1002': 433.21,
      '1003': 502.22,
    }));

    const transform = d.task('transform', async (a: { orders: Record<string, number> }) =>
      Object.values(a.orders).reduce((sum, value) => sum + value, 0),
    );

    const load = d.task('load', async (a: { total: number }, run) => {
      const line = `Total order value is: ${a.total.toFixed(2)}`;
      run.logger.info(line);
      await writeWhole(join(run.params.directory, 'total.txt'), line);
    });

    load({ total: transform({ orders: extract() }) });
  },
);
