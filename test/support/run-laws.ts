/** Owns the laws that a run's log must obey, whenever its worker was killed. */
import { expect } from '@jest/globals';
import {
  evaluateRule,
  isEnd,
  testDag,
  type DagGraph,
  type Duration,
  type TaskView,
  type UpstreamTally,
} from '../../src/dag/index.js';
import {
  KILLED,
  POOL_SLOTS,
  scriptedDag,
  type LogLine,
  type ScriptedRun,
} from './scripted-runs.js';

type Log = readonly (LogLine | typeof KILLED)[];
type Views = Readonly<Record<string, TaskView>>;

/** Every attempt ran once, and again only after a kill; the next only after the last had failed. */
export function checkAttempts(log: Log, dag: string): void {
  const last = new Map<string, LogLine>();
  const survivors = new Set<string>();
  for (const line of log) {
    if (line === KILLED) {
      survivors.clear();
      continue;
    }
    if (line.dag !== dag) continue;
    const before = last.get(line.name);
    const isRepeat = before?.attempt === line.attempt && !survivors.has(line.name);
    if (line.what !== 'started') {
      expect([before?.what, before?.attempt]).toEqual(['started', line.attempt]);
    } else if (before === undefined) expect(line.attempt).toBe(1);
    else if (before.what === 'notYet') expect(line.attempt).toBe(before.attempt);
    else if (!isRepeat) {
      expect([before.what, before.attempt]).toEqual(['failed', line.attempt - 1]);
    }
    survivors.add(line.name);
    last.set(line.name, line);
  }
}

/** No body began before its task's rule allowed, by what had ended until then. */
export function checkOrder(log: Log, dag: string, graph: DagGraph, views: Views): void {
  const ended = new Map<string, LogLine['what']>();
  const ran = new Set(
    log.flatMap((line) => (line !== KILLED && line.dag === dag ? [taskOf(line)] : [])),
  );
  for (const line of log) {
    if (line === KILLED || line.dag !== dag) continue;
    if (line.what !== 'started') {
      ended.set(line.name, line.what);
      continue;
    }
    const node = graph.tasks.find(({ id }) => id === taskOf(line))!;
    // A sensor whose time is up ends with a look like all others: its log does not say which.
    const isOverdue = (id: string): boolean =>
      ended.get(id) === 'notYet' && views[id]?.state !== 'success';
    if (node.upstream.some(isOverdue)) continue;
    const tally = tallyBy(
      graph,
      node.upstream,
      (name) => {
        if (ended.has(name)) return ended.get(name);
        // Without a body its end left no line: it may have come at any time.
        const view = views[name];
        return ran.has(name) || view === undefined ? undefined : stateWithoutBody(view);
      },
      views,
    );
    expect([line.name, evaluateRule(node.triggerRule, tally)]).toEqual([line.name, 'run']);
  }
}

/** Never more bodies at once than the pool has slots, each a holder until it has ended. */
export function checkPool(log: Log, graphs: readonly DagGraph[]): number {
  const pooled = new Set(
    graphs.flatMap(({ id, tasks }) =>
      tasks.filter(({ pool }) => pool !== undefined).map((node) => `${id} ${node.id}`),
    ),
  );
  const holding = new Set<string>();
  let most = 0;
  for (const line of log) {
    if (line === KILLED || !pooled.has(`${line.dag} ${taskOf(line)}`)) continue;
    if (line.what === 'started') holding.add(`${line.dag} ${line.name}`);
    else holding.delete(`${line.dag} ${line.name}`);
    most = Math.max(most, holding.size);
    expect(holding.size).toBeLessThanOrEqual(POOL_SLOTS);
  }
  return most;
}

/** The run's state by its leaves, from the graph and how the tasks ended. */
export function statusByLeaves(graph: DagGraph, views: Views): 'success' | 'failed' {
  const counts = graph.tasks.filter(({ kind }) => kind !== 'teardown');
  const leaves = counts.filter(({ id }) => !counts.some(({ upstream }) => upstream.includes(id)));
  return leaves.some(({ id }) => ['failed', 'upstream_failed'].includes(views[id]!.state))
    ? 'failed'
    : 'success';
}

/** How a run ended, as far as outcomes and their order decide it. */
export function summaryOf(views: Views): string {
  const parts = Object.values(views).map(({ id, state, attempt, items }) => {
    expect(isEnd(state)).toBe(true);
    const counts = items && [items.success, items.failed, items.skipped].join('/');
    return `${id} ${state} #${attempt}${counts === undefined ? '' : ` ${counts}`}`;
  });
  return parts.join(', ');
}

/**
 * Whether the same outcomes lead to `summary` in process, in some order: what a rule says may hang
 * on which upstream ended first. Gives how many orders were tried.
 */
export async function triesUntil(
  run: ScriptedRun,
  summary: string,
  random: () => number,
): Promise<number> {
  const seen = new Set<string>();
  for (let tries = 1; tries <= 3_000; tries += 1) {
    const dag = scriptedDag(run);
    const durations = Object.fromEntries(
      dag.graph.tasks.map(({ id }) => [
        id,
        (): Duration => `${LENGTHS_MS[Math.floor(random() * LENGTHS_MS.length)]!}ms`,
      ]),
    );
    const { tasks } = await testDag(dag, { durations });
    const here = summaryOf(tasks);
    if (here === summary) return tries;
    seen.add(here);
  }
  throw new Error(
    `${run.id} ended as no order in process does: ${summary}\n${[...seen].join('\n')}`,
  );
}

const LENGTHS_MS = [0, 90, 700, 5_000, 30_000];

function taskOf({ name }: LogLine): string {
  return name.replace(/\[.*/, '');
}

function stateWithoutBody({ state }: TaskView): LogLine['what'] | 'upstream_failed' {
  return state === 'success' ? 'succeeded' : (state as 'skipped' | 'failed' | 'upstream_failed');
}

function tallyBy(
  graph: DagGraph,
  upstream: readonly string[],
  endOf: (name: string) => LogLine['what'] | 'upstream_failed' | undefined,
  views: Views,
): UpstreamTally {
  const ends = upstream.flatMap((id) => {
    const count = views[id]?.items?.count;
    if (count === undefined || count === 0) return [{ id, end: endOf(id) }];
    return Array.from({ length: count }, (_, at) => ({ id, end: endOf(`${id}[${at}]`) }));
  });
  const setups = new Set(graph.tasks.filter(({ kind }) => kind === 'setup').map(({ id }) => id));
  const count = (wanted: string, of = ends): number =>
    of.filter(({ end }) => end === wanted).length;
  const ofSetups = ends.filter(({ id }) => setups.has(id));
  return {
    total: ends.length,
    success: count('succeeded'),
    skipped: count('skipped'),
    failed: count('failed'),
    upstreamFailed: count('upstream_failed'),
    setups: ofSetups.length,
    setupsSuccess: count('succeeded', ofSetups),
    setupsSkipped: count('skipped', ofSetups),
  };
}
