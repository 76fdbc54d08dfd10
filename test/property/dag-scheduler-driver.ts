/** Owns a world without a server for a scheduler's decisions: a clock, runs, and what became of them. */
import { expect } from '@jest/globals';
import { addSeconds, millisOf, type Instant } from '../../src/core/instant.js';
import {
  hasWork,
  needsClock,
  planRuns,
  wakeAt,
  type StartRun,
} from '../../src/scheduling/plan-runs.js';
import {
  initialScheduler,
  pastOf,
  type Past,
  type SchedulerState,
} from '../../src/scheduling/scheduler-state.js';
import { reached, runChanged, told, unread } from '../../src/scheduling/scheduler-events.js';
import { clockQuestion, readTimetable } from '../../src/scheduling/scheduler-timetable.js';

/** A run that began, when, and how it was told of the run before. */
export interface BegunRun extends StartRun {
  readonly at: Instant;
  readonly pasts: Past[];
}

/** Enough for any test here: more steps without time passing mean that the scheduler spins. */
const MAX_STEPS = 5000;

export class SchedulerDriver {
  state: SchedulerState = initialScheduler('reports');
  now: Instant;
  readonly begun: BegunRun[] = [];

  constructor(now: Instant) {
    this.now = now;
  }

  /** Something happens to the scheduler, and it does what follows. */
  change(change: (state: SchedulerState) => SchedulerState): void {
    this.state = change(this.state);
    this.settle();
  }

  /** Time passes while nobody serves the scheduler. */
  outage(seconds: number): void {
    this.now = addSeconds(this.now, seconds);
  }

  /** Time passes, from alarm to alarm. */
  pass(seconds: number): void {
    const until = addSeconds(this.now, seconds);
    for (;;) {
      const alarm = wakeAt(this.state);
      if (alarm === undefined || alarm > until) break;
      if (alarm > this.now) this.now = alarm;
      this.change((state) => reached(state, alarm));
    }
    this.now = until;
  }

  /** The scheduler goes on in another execution. */
  continueAsNew(): void {
    this.state = unread(JSON.parse(JSON.stringify(this.state)) as SchedulerState);
    this.settle();
  }

  finish(runId: string, status: 'success' | 'failed'): void {
    const { graph } = this.state.deployed!;
    this.change((state) =>
      runChanged(state, {
        runId,
        status,
        atMs: millisOf(this.now),
        past: pastOf(graph, status),
        failed: [],
      }),
    );
  }

  reopen(runId: string): void {
    const { graph } = this.state.deployed!;
    this.change((state) =>
      runChanged(state, {
        runId,
        status: 'running',
        atMs: millisOf(this.now),
        past: pastOf(graph, 'waiting'),
        failed: [],
      }),
    );
  }

  settle(): void {
    for (let steps = 0; hasWork(this.state) || this.state.tells.length > 0; steps += 1) {
      expect(steps).toBeLessThan(MAX_STEPS);
      for (const tell of this.state.tells) {
        this.begun.findLast(({ run }) => run.runId === tell.runId)?.pasts.push(tell.past);
        this.state = told(this.state, tell);
      }
      const question = needsClock(this.state) ? clockQuestion(this.state) : undefined;
      const reading = question && readTimetable(question, this.now);
      const before = this.state;
      const { state, starts } = planRuns(this.state, reading);
      this.state = state;
      this.#checkLimits(before, starts);
      for (const start of starts) this.begun.push({ ...start, at: this.now, pasts: [] });
    }
    const wake = wakeAt(this.state);
    if (wake !== undefined) expect(this.state.now).toBeDefined();
  }

  /** Starts make no more runs than may be; what was reopened by people may have made more before. */
  #checkLimits(before: SchedulerState, starts: readonly StartRun[]): void {
    const { active, deployed, backfills } = this.state;
    const ids = active.map(({ runId }) => runId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { run } of starts) {
      expect(before.active.some(({ runId }) => runId === run.runId)).toBe(false);
    }
    const own = starts.filter(({ runType }) => runType !== 'backfill');
    if (own.length > 0) {
      const count = active.filter(({ backfillId }) => backfillId === undefined).length;
      expect(count).toBeLessThanOrEqual(deployed!.graph.maxActiveRuns);
    }
    for (const { backfillId, maxActiveRuns } of backfills) {
      const count = active.filter((run) => run.backfillId === backfillId).length;
      const startedHere = active.some(
        (run) => run.backfillId === backfillId && starts.some(({ stint }) => stint === run.stint),
      );
      if (startedHere) expect(count).toBeLessThanOrEqual(maxActiveRuns);
    }
  }
}
