/** Owns the life of one table's sync: carries out what `src/sync` decides, for ever. */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  log,
  patched,
  setHandler,
} from '@temporalio/workflow';
import { addSeconds, boundaryAfter, type Instant } from '../src/core/instant.js';
import { unreachable } from '../src/core/assert.js';
import type { PitrState, TableIdentity } from '../src/export/table-exports.js';
import type { Followed } from '../src/sync/find-loss.js';
import { planNext, planStart, type LakeRecord } from '../src/sync/plan-sync.js';
import { STATUS_QUERY, SyncSignal, type TableSyncInput } from '../src/sync/table-sync-input.js';
import {
  baseCalledFor,
  doubted,
  entered,
  opened,
  probed,
  signalled,
  SyncPhase,
  type Ending,
  type SyncTotals,
} from '../src/sync/table-sync-state.js';
import type { TableSyncStatus } from '../src/sync/table-sync-status.js';
import { calls, works } from './activity-proxies.js';
import { ExportLeavings } from './export-leavings.js';
import { followAhead } from './follow-ahead.js';
import { shouldContinueAsNew } from './history-limit.js';
import { performLoad } from './perform-load.js';
import { failedWith } from './sync-failure.js';
import { SyncRun } from './sync-run.js';
import { TableAudit } from './table-audit.js';
import { watchSync } from './watch-sync.js';

/** What a stopped sync leaves behind. */
export interface TableSyncResult {
  readonly watermark: Instant | null;
  /** Why it ended by itself; absent where it was told to stop. */
  readonly ended?: Ending;
  readonly totals: SyncTotals;
}

export const statusQuery = defineQuery<TableSyncStatus>(STATUS_QUERY);

/** Marks histories in which a parked sync looks by itself; permanent. */
const PROBES = 'parked-sync-probes';

/** Marks histories in which the lake is read before the table is opened; permanent. */
const LAKE_FIRST = 'lake-before-table';

/** Marks histories in which the end of a sync is told before it comes; permanent. */
const END_TOLD = 'end-told';

/** Follows one table until told to stop. Workflow id: `tidemark/<region>/<table>`. */
export async function tableSync(input: TableSyncInput): Promise<TableSyncResult> {
  const run = new SyncRun(input);
  const audit = new TableAudit(run);
  const leavings = new ExportLeavings(run);
  for (const signal of Object.values(SyncSignal)) {
    setHandler(defineSignal(signal), () => {
      run.update((state) => signalled(state, signal));
      log.info(`signal ${signal}`);
    });
  }
  setHandler(statusQuery, () => run.status());
  run.show();
  const watching =
    input.alerts === undefined
      ? undefined
      : watchSync(run).catch((error: unknown) => {
          log.error('the watch over the sync broke off', { error });
        });
  leavings.watch().catch((error: unknown) => {
    if (!isCancellation(error)) log.error('the deleting of exports broke off', { error });
  });

  for (;;) {
    if (shouldContinueAsNew()) {
      await condition(allHandlersFinished);
      await audit.settled();
      await condition(() => run.leases.isSettled);
      await leavings.settled();
      await continueAsNew<typeof tableSync>({ ...input, carriedState: run.state });
    }
    const step = planNext(run.state, run.now(), input);
    switch (step.kind) {
      case 'stop':
        await audit.dropped();
        await leavings.finished();
        if (watching !== undefined) await endTold(run, watching);
        await condition(() => run.leases.isSettled);
        return stopped(run);
      case 'wait-for-resume':
        await waitForResume(run);
        break;
      case 'reopen':
        // Taken before the work begins, so that another resync overrules it.
        if (run.state.resyncRequested) {
          run.update((state) => baseCalledFor(state, 'a resync was asked for'));
        }
        await orParked(run, () => reopen(run));
        break;
      case 'window':
        audit.look();
        await orParked(run, () => followWindow(run, step.window));
        break;
      case 'follow':
        await orParked(run, () =>
          followAhead(run, () => {
            audit.look();
          }),
        );
        break;
      default:
        unreachable(step);
    }
  }
}

/** A sync that ends by itself ends once somebody was told, or nobody could be for an hour. */
async function endTold(run: SyncRun, watching: Promise<void>): Promise<void> {
  if (run.state.ended === undefined || !patched(END_TOLD)) return;
  await Promise.race([watching, condition(() => run.state.told?.ended !== undefined)]);
}

function stopped(run: SyncRun): TableSyncResult {
  run.update((state) => entered(state, SyncPhase.stopped));
  const { watermark = null, totals, ended } = run.state;
  return { watermark, ...(ended === undefined ? {} : { ended }), totals };
}

async function waitForResume(run: SyncRun): Promise<void> {
  if (run.state.parked === undefined) {
    run.update((state) =>
      entered(state, SyncPhase.paused, { what: 'waits for the signal resume' }),
    );
  }
  const isAwake = (): boolean => {
    const { parked, pauseRequested, stopRequested } = run.state;
    const isMended = parked === undefined && !pauseRequested;
    return stopRequested || isMended || shouldContinueAsNew();
  };
  await untilMendedOrProbed(run, isAwake);
  // Hours may have passed: the table is opened anew, which also tells the time.
  run.update(doubted);
}

/** Waits for `isAwake`; a park that may have been mended outside is left by itself when its time comes. */
async function untilMendedOrProbed(run: SyncRun, isAwake: () => boolean): Promise<void> {
  const probeAt = run.state.parked?.nextProbe;
  if (probeAt !== undefined && patched(PROBES)) {
    const isPaused = (): boolean => run.state.pauseRequested;
    const isTime = await run.sleepUnless(() => isAwake() || isPaused(), probeAt, 'parked');
    if (isTime) {
      log.info('looks by itself whether it was mended');
      run.update(probed);
      return;
    }
  }
  await condition(isAwake);
}

/** Finds the table and its lake, and lays a new base where the lake cannot be followed on. */
async function reopen(run: SyncRun): Promise<void> {
  run.update((state) => entered(state, SyncPhase.enabling));
  const { table, pitr, lake } = await lookAtBoth(run);
  const plan = planStart(table, pitr, lake ?? undefined, run.state);
  const days = pitr.enabled ? pitr.recoveryPeriodDays : undefined;
  run.update((state) => opened(state, table, lake ?? undefined, days));
  if (plan.kind === 'follow') return;

  log.info(`full load: ${plan.why}`);
  run.update((state) => baseCalledFor(state, plan.why));
  const exportTime = boundaryAfter(run.now(), run.input.windowSeconds);
  const at = staggered(run, exportTime);
  run.update((state) => entered(state, SyncPhase.waiting, { what: 'full export', at }));
  if (!(await run.sleepUntil(at))) return;
  await calls.awaitRestorable.executeWithOptions(
    { summary: `wait until restorable to ${exportTime}` },
    [{ ref: run.tableRef, instant: exportTime, pollSeconds: run.input.pollSeconds }],
  );
  if (run.isInterrupted()) return;
  await performLoad(run, { kind: 'full', exportTime }, (lake?.epoch ?? 0) + 1);
}

interface Sight {
  readonly table: TableIdentity;
  readonly pitr: PitrState;
  readonly lake: LakeRecord | null;
}

/**
 * The table, its recovery switched on, and its lake. The lake comes first: what it followed decides
 * whether a table of the name may be touched at all.
 */
async function lookAtBoth(run: SyncRun): Promise<Sight> {
  const readLake = (): Promise<LakeRecord | null> =>
    works.readLake.executeWithOptions({ summary: "read the lake's watermark" }, [run.tableRef]);
  const enablePitr = async (followed: Followed | undefined): Promise<Omit<Sight, 'lake'>> => {
    const { now, ...found } = await calls.enablePitr.executeWithOptions(
      { summary: 'switch on point-in-time recovery' },
      [{ ...run.tableRef, ...(followed === undefined ? {} : { followed }) }],
    );
    run.learn(now);
    return found;
  };
  if (patched(LAKE_FIRST)) {
    const lake = await readLake();
    return { lake, ...(await enablePitr(run.followed(lake))) };
  }
  const found = await enablePitr(undefined);
  return { ...found, lake: await readLake() };
}

async function followWindow(
  run: SyncRun,
  window: { readonly from: Instant; readonly to: Instant },
): Promise<void> {
  const at = staggered(run, window.to);
  if (at > run.now()) {
    run.update((state) => entered(state, SyncPhase.following, { what: 'next export', at }));
    // Back to planning even when the sleep was whole: a late worker finds a wider window by then.
    await run.sleepUntil(at);
    return;
  }
  await performLoad(run, { kind: 'incremental', window, view: run.input.view }, run.state.epoch);
}

/** When the table asks for what ends at `end`; not all tables do at once. */
function staggered({ input: { staggerSeconds = 0 } }: SyncRun, end: Instant): Instant {
  return addSeconds(end, staggerSeconds);
}

/** Runs `work`; what no retry mends ends it in a resync or parks the sync for a person. */
async function orParked(run: SyncRun, work: () => Promise<void>): Promise<void> {
  try {
    await run.overrulable(work);
  } catch (error) {
    if (isCancellation(error)) {
      // Our own signals cancel the work in hand; a cancellation from outside ends the workflow.
      if (run.isOverruled()) return;
      throw error;
    }
    failedWith(run, error);
  }
}
