/**
 * The daily report: what a day did to every table of the lake, on file before breakfast.
 *
 * Shows: cron in a time zone, params with a schema, a sensor, a mapped task with a key and a pool,
 * SQL over the lake in a body, a deadline, and a report that is written whatever became of the rest.
 *
 *   npx tidemark up                                         (in another terminal: a lake to report on)
 *   npx tidemark dag test examples/daily-report.ts
 *   npx tidemark dag trigger daily_report --params '{"tables":["orders"]}'
 */
import { join } from 'node:path';
import { z } from 'zod';
import { cron, dag, withLake, type Outcome } from 'tidemark';
import { writeWhole } from './shared/write-whole.js';

interface TableDay {
  table: string;
  /** Rows in the table now. */
  rows: number;
  /** What the windows that ended in the day did: inserts, updates and deletes. */
  changes: number;
}

const params = z.object({
  /** Every table of the lake when empty. */
  tables: z.array(z.string()).default([]),
  directory: z.string().default('.tidemark/examples/daily_report'),
});

export default dag(
  'daily_report',
  {
    description: 'What a day did to every table of the lake.',
    schedule: cron('0 6 * * *', { timezone: 'Europe/Paris' }),
    params,
    maxActiveRuns: 1,
    pools: { lake: 4 },
    defaults: { retries: 3, retryDelay: '30s', retryExponentialBackoff: true },
    deadline: {
      after: '2h',
      from: 'dataIntervalEnd',
      onMissed: async (_, run) => {
        run.logger.warn(`the report of ${run.dataInterval.end} is late`);
      },
    },
  },
  (d) => {
    const listTables = d.task('list_tables', async (_: object, run) => {
      const found = await withLake(async (lake) => lake.tableNames);
      return [...(run.params.tables.length === 0 ? found : run.params.tables)];
    });

    // The lake is some minutes behind its tables: the day's last windows land after the day's end.
    const caughtUp = d.sensor(
      'lake_caught_up',
      async (a: { tables: string[] }, run) =>
        withLake(async (lake) => {
          const watermarks = await Promise.all(a.tables.map((table) => lake.watermarkOf(table)));
          return watermarks.every((at) => at !== undefined && at >= run.dataInterval.end);
        }),
      { pokeInterval: '1m', timeout: '90m' },
    );

    const countDay = d.task(
      'count_day',
      async (a: { table: string }, run): Promise<TableDay> => {
        const { start, end } = run.dataInterval;
        const { rows } = await withLake((lake) =>
          lake.run(`
            SELECT (SELECT count(*) FROM "${a.table}") AS rows,
              coalesce(sum(inserts + updates + deletes + upserts), 0) AS changes
            FROM "${a.table}_windows"
            WHERE window_to > '${start}'::TIMESTAMP AND window_to <= '${end}'::TIMESTAMP`),
        );
        const [count, changes] = rows[0] ?? [];
        return { table: a.table, rows: Number(count), changes: Number(changes) };
      },
      { pool: 'lake', executionTimeout: '10m' },
    );

    const report = d.task(
      'report',
      async (a: { tables: Outcome<string[]>; days: Outcome<TableDay>[] }, run) => {
        if (a.tables.state !== 'success') return run.fail('nobody knows which tables there are');
        // A table that was never looked at, since the lake did not catch up, has no outcome at all.
        const lines = a.tables.value.map((table, at) => {
          const day = a.days[at];
          return day?.state === 'success'
            ? `| ${table} | ${day.value.rows} | ${day.value.changes} |`
            : `| ${table} | ${day?.state ?? 'not counted'} | |`;
        });
        const { start, end } = run.dataInterval;
        const head = `# ${start} to ${end}\n\n| table | rows now | changes |\n| --- | --- | --- |\n`;
        const path = join(run.params.directory, `${start.slice(0, 10)}.md`);
        await writeWhole(path, `${head}${lines.join('\n')}\n`);
        // The report is the DAG's only leaf: without this, a day with holes would count as a success.
        const missing = lines.length - a.days.filter(({ state }) => state === 'success').length;
        if (missing > 0) run.fail(`${missing} of ${lines.length} tables are missing in ${path}`);
        return path;
      },
      { triggerRule: 'all_done' },
    );

    const tables = listTables();
    const days = countDay.map({ table: tables }, { maxActive: 4, key: (a) => a.table });
    days.after(caughtUp({ tables }));
    report({ tables, days: days.outcomes });
  },
);
