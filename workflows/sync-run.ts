/** Owns one run of a table's sync in the workflow sandbox: its state, its clock, its waits. */
import {
  CancellationScope,
  condition,
  isCancellation,
  metricMeter,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { TableRef } from '../activities/table/load-order.js';
import { instantOfMillis, millisOf, type Instant } from '../src/core/instant.js';
import type { Followed } from '../src/sync/find-loss.js';
import type { LakeRecord } from '../src/sync/plan-sync.js';
import type { TableSyncInput } from '../src/sync/table-sync-input.js';
import { clockTime, initialState, type TableSyncState } from '../src/sync/table-sync-state.js';
import { renderDetails, statusOf, type TableSyncStatus } from '../src/sync/table-sync-status.js';
import { PoolLeases } from './pool-leases.js';

/** The state holder that the workflow's functions share. */
export class SyncRun {
  readonly leases = new PoolLeases();
  readonly input: TableSyncInput;
  #state: TableSyncState;
  #now: Instant;
  #loadTasks: string | undefined;

  constructor(input: TableSyncInput) {
    const { carriedState, ...settings } = input;
    this.input = settings;
    this.#state = carriedState ?? initialState();
    this.#now = instantOfMillis(workflowInfo().startTime.getTime());
  }

  get state(): TableSyncState {
    return this.#state;
  }

  get tableRef(): TableRef {
    const { region, tableName, exportBucket, exportPrefix } = this.input;
    const { exportBucketOwner, exportKmsKeyId } = this.input;
    const { lakeBucket, lakePrefix, lakeFormat, catalog, tableOptions, care } = this.input;
    return {
      region,
      tableName,
      exportBucket,
      ...(exportBucketOwner === undefined ? {} : { exportBucketOwner }),
      ...(exportKmsKeyId === undefined ? {} : { exportKmsKeyId }),
      exportPrefix,
      lakeBucket,
      lakePrefix,
      ...(lakeFormat === undefined ? {} : { lakeFormat }),
      ...(catalog === undefined ? {} : { catalog }),
      ...(tableOptions === undefined ? {} : { tableOptions }),
      ...(care === undefined ? {} : { care }),
    };
  }

  /** What the table must still be; undefined where it may be any: a first look, or a resync on request. */
  followed(lake: LakeRecord | null): Followed | undefined {
    const { limits, answers = {} } = this.input;
    if (lake === null || this.#state.baseAsked === true) return undefined;
    return { tableId: lake.tableId, watermark: lake.watermark, answers, limits };
  }

  update(change: (state: TableSyncState) => TableSyncState): void {
    const before = this.#state;
    this.#state = change(before);
    if ((before.parked === undefined) !== (this.#state.parked === undefined)) this.#meter();
    this.show();
  }

  /** 1 while a person is waited for; metrics are not written again in replays. */
  #meter(): void {
    const { region, tableName: table } = this.input;
    const isParked = this.#state.parked !== undefined;
    metricMeter.createGauge('tidemark_parked').set(isParked ? 1 : 0, { region, table });
  }

  /** Writes the page in Temporal Web, with the tasks of the load in hand; costs no history event. */
  show(): void {
    const page = renderDetails(this.input, this.#state);
    setCurrentDetails(this.#loadTasks === undefined ? page : `${page}\n\n${this.#loadTasks}`);
  }

  /** The table of the load's tasks as it stands; none when no load is in hand. */
  showLoad(tasks: string | undefined): void {
    this.#loadTasks = tasks;
    this.show();
  }

  status(): TableSyncStatus {
    return statusOf(this.input, this.#state);
  }

  /**
   * The latest instant that the history vouches for: the run's start, a timer's end, what activities
   * brought along. Never `Date.now()`: a query that reaches a new worker before the task does runs
   * the workflow on with the time of the task before, and decisions made by it do not replay.
   */
  now(): Instant {
    return this.#now;
  }

  /** It is `instant` by now, as the history shows. */
  learn(instant: Instant): void {
    if (instant > this.#now) this.#now = instant;
  }

  /** Whether a signal asks for something other than what is being prepared. */
  isInterrupted(): boolean {
    const { stopRequested, pauseRequested, resyncRequested } = this.#state;
    return stopRequested || pauseRequested || resyncRequested;
  }

  /** Sleeps until `instant`; false when a signal cut the sleep short. */
  sleepUntil(instant: Instant): Promise<boolean> {
    return this.sleepUnless(() => this.isInterrupted(), instant, 'sleep');
  }

  /** Sleeps until `instant`, or until `isAwake` cuts the sleep short: then false. */
  async sleepUnless(isAwake: () => boolean, instant: Instant, what: string): Promise<boolean> {
    const waitMs = millisOf(instant) - millisOf(this.#now);
    if (waitMs <= 0) return !isAwake();
    const timer = new CancellationScope();
    const slept = timer
      .run(() => sleep(waitMs, { summary: `${what} until ${clockTime(instant)}` }))
      .then(() => {
        this.learn(instant);
      })
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
    await Promise.race([slept, condition(isAwake)]);
    timer.cancel();
    await slept;
    return !isAwake();
  }

  /** Whether a signal asks that the work in hand be dropped: `stop`, or `resync`, which starts over. */
  isOverruled(): boolean {
    return this.#state.stopRequested || this.#state.resyncRequested;
  }

  /** Runs `work` so that `stop` and `resync` cancel it. */
  async overrulable(work: () => Promise<void>): Promise<void> {
    const scope = new CancellationScope();
    const working = scope.run(work);
    const done = working.then(
      () => true,
      () => true,
    );
    await Promise.race([done, condition(() => this.isOverruled())]);
    if (this.isOverruled()) scope.cancel();
    await working;
  }
}
