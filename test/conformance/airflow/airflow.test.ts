/** Owns the comparison with Airflow itself: rules, setups, run states and cron, case by case. */

import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  cron,
  dag,
  decide,
  createRun,
  type DagGraph,
  type RunState,
} from '../../../src/dag/index.js';
import { makeChunked } from '../../../src/dag/engine/chunked-list.js';
import { emptyTally } from '../../../src/dag/engine/clear-tasks.js';
import { counted } from '../../../src/dag/engine/end-task.js';
import { indexOf, placeOf } from '../../../src/dag/engine/graph-index.js';
import { isEnd, type NodeRun, type TaskState } from '../../../src/dag/engine/run-state.js';
import { taskStates } from '../../../src/dag/engine/run-view.js';
import { nextInterval } from '../../../src/dag/timetable/timetable.js';
import { cronTimes } from '../../../src/dag/timetable/cron-times.js';
import { instantOfSeconds } from '../../../src/core/instant.js';
import {
  evaluateRule,
  type TaskTriggerRule,
  type TriggerRule,
  type UpstreamTally,
} from '../../../src/dag/trigger-rule.js';
import { AIRFLOW_VERSION } from '../../support/airflow-python.js';
import { askAirflow, type AirflowAnswers } from './ask-airflow.js';

let airflow: AirflowAnswers;

beforeAll(() => {
  airflow = askAirflow();
}, 900_000);

/** Cases in which ours is meant to differ, each with its reason. There are none. */
const KNOWN_DIFFERENCES: Readonly<Record<string, string>> = {};

interface Case {
  readonly name: string;
  readonly airflow: unknown;
  readonly ours: unknown;
}

function compare(kind: string, cases: readonly Case[]): void {
  const differ = cases.filter((one) => JSON.stringify(one.airflow) !== JSON.stringify(one.ours));
  const known = differ.filter(({ name }) => Object.hasOwn(KNOWN_DIFFERENCES, name));
  console.info(
    `${kind}: ${cases.length} cases against Airflow ${AIRFLOW_VERSION}, ` +
      `${cases.length - differ.length} agree, ${known.length} differ on purpose`,
  );
  for (const { name } of known) console.info(`  ${name}: ${String(KNOWN_DIFFERENCES[name])}`);
  expect(differ.filter((one) => !known.includes(one)).slice(0, 20)).toEqual([]);
}

const NAMES = {
  success: 'success',
  failed: 'failed',
  skipped: 'skipped',
  upstream_failed: 'upstreamFailed',
} as const;

function tallyOf(states: readonly (string | null)[], setups: number): UpstreamTally {
  const tally = {
    total: states.length,
    success: 0,
    skipped: 0,
    failed: 0,
    upstreamFailed: 0,
    setups,
    setupsSuccess: states.slice(0, setups).filter((state) => state === 'success').length,
    setupsSkipped: states.slice(0, setups).filter((state) => state === 'skipped').length,
  };
  for (const state of states) if (state !== null) tally[NAMES[state as keyof typeof NAMES]] += 1;
  return tally;
}

/** A run whose tasks stand as `states` says, null meaning under way; the others wait. */
function forced(graph: DagGraph, states: Readonly<Record<string, string | null>>): RunState {
  const index = indexOf(graph);
  const stateOf = (id: string): TaskState =>
    id in states ? ((states[id] ?? 'running') as TaskState) : 'waiting';
  const run = createRun(graph);
  const tasks = makeChunked(graph.tasks.length, (place): NodeRun => {
    let tally = emptyTally(index, place);
    for (const up of graph.tasks[place]!.upstream) {
      const state = stateOf(up);
      const isSetup = graph.tasks[placeOf(graph, up)]!.kind === 'setup';
      if (isEnd(state)) tally = counted(tally, state, isSetup);
    }
    return { state: stateOf(graph.tasks[place]!.id), attempt: 1, lastAttempt: 1, tally };
  });
  return { ...run, status: 'running', tasks };
}

/** What the engine makes of `id` when it looks at it. */
function verdictOf(
  graph: DagGraph,
  states: Readonly<Record<string, string | null>>,
  id: string,
): string {
  const { state } = decide(graph, forced(graph, states), {
    type: 'pastChanged',
    previous: {},
    atMs: 0,
  });
  const after = String(taskStates(graph, state)[id]);
  return after === 'running' ? 'run' : after === 'waiting' ? 'wait' : after;
}

describe('Airflow and we agree', () => {
  test('the answers come from the pinned release', () => {
    expect(airflow.version).toBe(AIRFLOW_VERSION);
  });

  test('on every trigger rule, for every combination of states of up to four parents', () => {
    const cases = airflow.direct.map(([rule, setups, states, verdict]) => ({
      name: `${rule} setups=${setups} ${states.join()}`,
      airflow: verdict,
      ours: evaluateRule(rule as TriggerRule, tallyOf(states, setups)),
    }));
    expect(new Set(airflow.direct.map(([rule]) => rule)).size).toBe(13);
    compare('trigger rules', cases);
  });

  test('on tasks around setups, and on teardowns', () => {
    const graphs = new Map<string, DagGraph>();
    const graphFor = (rule: string): DagGraph => {
      const known = graphs.get(rule);
      if (known !== undefined) return known;
      const { graph } = dag('d', {}, (d) => {
        const s = d.setup('s', async () => {})();
        const w = d
          .task('w', async () => {})()
          .after(s);
        const x = d
          .task('x', async () => {}, { triggerRule: rule as TaskTriggerRule })()
          .after(w);
        d.teardown('t', async () => {}, { setups: s })().after(x);
      });
      graphs.set(rule, graph);
      return graph;
    };
    const cases = airflow.setups.map(([target, rule, states, verdict]) => ({
      name: `${target} ${rule} ${JSON.stringify(states)}`,
      airflow: verdict,
      ours: verdictOf(graphFor(rule), states, target),
    }));
    compare('setups and teardowns', cases);
  });

  test('on which tasks decide a run', () => {
    const cases = airflow.leaves.map(([edges, failing, leaves]) => {
      const { graph } = dag('d', {}, (d) => {
        const s = d.setup('s', async () => {})();
        const last = (id: string) =>
          failing === null
            ? d.task(id, async () => {})()
            : d.teardown(id, async () => {}, { setups: s, onFailureFailDagRun: failing })();
        const refs = {
          s,
          a: d.task('a', async () => {})(),
          b: d.task('b', async () => {})(),
          t: last('t'),
          u: last('u'),
        };
        for (const [up, down] of edges) {
          refs[down as keyof typeof refs].after(refs[up as keyof typeof refs]);
        }
      });
      const ours = indexOf(graph)
        .leaves.map((place) => graph.tasks[place]!.id)
        .sort();
      return { name: `${JSON.stringify(edges)} ${String(failing)}`, airflow: leaves, ours };
    });
    compare('run states', cases);
  });

  test('on when cron expressions fire, daylight saving included', () => {
    const cases = airflow.cron.map(([expression, zone, from, fires]) => {
      const ours: number[] = [];
      const times = cronTimes(expression, zone);
      let at = from;
      while (ours.length < fires.length) {
        at = times.next(at * 1000)! / 1000;
        ours.push(at);
      }
      return { name: `${expression} ${zone} ${from}`, airflow: fires, ours };
    });
    compare('cron', cases);
    const [expression, zone, from, fires] = airflow.cron[0]!;
    const next = nextInterval(
      cron(expression, { timezone: zone }),
      { catchup: true, startDate: instantOfSeconds(from) },
      undefined,
      instantOfSeconds(from),
    );
    expect(next).toEqual({ start: instantOfSeconds(fires[0]!), end: instantOfSeconds(fires[1]!) });
  });
});
