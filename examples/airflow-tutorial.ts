/**
 * Airflow's first tutorial, `tutorial`, moved over: three tasks, one before the other two. The same
 * in Airflow is in airflow/tutorial.py; docs/from-airflow.md has both side by side.
 *
 * Shows: task defaults and what overrides them, commands of the shell, a template literal where
 * Airflow has a template, and order without data.
 *
 *   npx tidemark dag test examples/airflow-tutorial.ts
 *   npx tidemark dag trigger tutorial
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { dag, every, type CancelSignal } from 'tidemark';

/** What BashOperator does: runs a command, and its output is the task's. */
async function bash(command: string, signal: CancelSignal): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-c', command], { signal });
  return stdout.trim();
}

export default dag(
  'tutorial',
  {
    description: 'Prints the date, sleeps, and prints a few lines.',
    schedule: every('1d'),
    startDate: '2021-01-01T00:00:00Z',
    catchup: false,
    tags: ['example'],
    defaults: { retries: 1, retryDelay: '5m' },
  },
  (d) => {
    const printDate = d.task('print_date', async (_: object, run) => bash('date', run.signal));

    const sleep = d.task('sleep', async (_: object, run) => bash('sleep 5', run.signal), {
      retries: 3,
    });

    const templated = d.task('templated', async (_: object, run) => {
      const day = run.logicalDate.slice(0, 10);
      const weekLater = new Date(Date.parse(day) + 7 * 86_400_000).toISOString().slice(0, 10);
      const command = `echo "${day}"; echo "${weekLater}"; `.repeat(5);
      return bash(command, run.signal);
    });

    printDate().before(sleep(), templated());
  },
);
