/** Owns the comparison of the tutorials moved over with Airflow's own: tasks, edges and settings. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseDuration, type DagGraph } from 'tidemark';
import taskflow from '../../../examples/airflow-tutorial-taskflow.js';
import tutorial from '../../../examples/airflow-tutorial.js';
import { AIRFLOW_VERSION, airflowPython } from '../../support/airflow-python.js';

/** A DAG as describe_dags.py writes it. */
interface DescribedDag {
  readonly tasks: Readonly<
    Record<
      string,
      {
        readonly upstream: readonly string[];
        readonly retries: number;
        readonly retryDelaySeconds: number;
        readonly triggerRule: string;
      }
    >
  >;
  readonly catchup: boolean;
  readonly tags: readonly string[];
  readonly startDate: string | undefined;
  /** Null when it runs by hand. */
  readonly everySeconds: number | null;
}
type Described = Readonly<Record<string, DescribedDag>>;

/** What Airflow makes of `files`; of the tutorials it comes with when none are given. */
function describedByAirflow(python: string, files: readonly string[]): Described {
  const home = mkdtempSync(join(tmpdir(), 'tidemark-airflow-'));
  try {
    const answers = join(home, 'dags.json');
    const script = join(import.meta.dirname, 'describe_dags.py');
    const env = { ...process.env, AIRFLOW_HOME: home, PYTHONDONTWRITEBYTECODE: '1' };
    execFileSync(python, [script, answers, ...files], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return JSON.parse(readFileSync(answers, 'utf8')) as Described;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function describedByUs(graph: DagGraph): DescribedDag {
  const { schedule } = graph;
  return {
    tasks: Object.fromEntries(
      graph.tasks.map((task) => [
        task.id,
        {
          upstream: [...task.upstream].sort(),
          retries: task.retries,
          retryDelaySeconds: task.retryDelayMs / 1000,
          triggerRule: task.triggerRule,
        },
      ]),
    ),
    catchup: graph.catchup,
    tags: graph.tags,
    startDate: graph.startDate,
    everySeconds: schedule.kind === 'every' ? (parseDuration(schedule.every) ?? 0) / 1000 : null,
  };
}

let shipped: Described;
let restated: Described;

beforeAll(() => {
  const python = airflowPython();
  shipped = describedByAirflow(python, []);
  restated = describedByAirflow(python, [
    join(import.meta.dirname, '../../../examples/airflow/tutorial.py'),
  ]);
}, 900_000);

describe.each([tutorial, taskflow])('$id', ({ id, graph }) => {
  test('has the tasks, edges and settings of the one that Airflow comes with', () => {
    expect(describedByUs(graph)).toEqual(shipped[id]);
    console.info(
      `${id}: ${graph.tasks.length} tasks, the same as in Airflow ${AIRFLOW_VERSION} by id, ` +
        'upstreams, retries, retry delay and trigger rule',
    );
  });

  test('stands in examples/airflow/tutorial.py as Airflow has it', () => {
    expect(restated[id]).toEqual(shipped[id]);
  });
});
