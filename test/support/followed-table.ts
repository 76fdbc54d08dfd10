/** Owns a day in the life of a table that is followed while somebody writes to it, in virtual time. */
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { RequestExportInput } from '../../activities/table/table-activities.js';
import type { LoadOrder } from '../../activities/table/load-order.js';
import { secondsBetween, microsOf, type Instant } from '../../src/core/instant.js';
import type { ExportScope } from '../../src/export/table-exports.js';
import type { TableSyncInput } from '../../src/sync/table-sync-input.js';
import type { tableSync } from '../../workflows/table-sync.js';
import { makeTable } from './local-aws.js';
import { lakeItems, ModelledTable } from './modelled-table.js';
import {
  BUCKET,
  REGION,
  letPass,
  startSync,
  startSyncWorld,
  type BeforeActivity,
  type SyncWorld,
} from './sync-world.js';

export const TABLE = 'orders';

type Window = Extract<ExportScope, { kind: 'incremental' }>;

/** What the worker was asked to do, first attempts and repeated ones alike. */
export interface FollowedTable {
  readonly world: SyncWorld;
  readonly model: ModelledTable;
  /** Windows of which exports were asked for, in order, each once. */
  readonly asked: readonly Window[];
  /** Windows that were committed, in order, each once. */
  readonly committed: readonly Window[];
  start(
    overrides?: Partial<TableSyncInput>,
  ): Promise<WorkflowHandleWithFirstExecutionRunId<typeof tableSync>>;
  letPass(hours: number): Promise<void>;
  lakeItems(): ReturnType<typeof lakeItems>;
}

/**
 * Starts a world of its own. Each window is written to just before its export is asked for, stamped as if
 * it had happened in time: at its first microsecond, at its last, and between.
 */
export async function followTable(writesPerWindow = 4): Promise<FollowedTable> {
  const hook: { call?: BeforeActivity } = {};
  const world = await startSyncWorld(hook);
  await makeTable(world.dynamo.client, TABLE, { pitr: false });
  const model = new ModelledTable(world.dynamo, TABLE, 20261124);
  const asked: Window[] = [];
  const committed: Window[] = [];
  let writtenTo: Instant | undefined;
  hook.call = async (name, [argument]) => {
    if (name === 'commitLoad') noteOnce(committed, (argument as LoadOrder).scope);
    if (name !== 'requestExport') return;
    const { scope } = argument as RequestExportInput;
    if (!noteOnce(asked, scope)) return;
    const { from, to } = (scope as Window).window;
    if (writtenTo !== undefined && to <= writtenTo) return;
    const first = microsOf(writtenTo !== undefined && writtenTo > from ? writtenTo : from);
    const step = (microsOf(to) - first) / BigInt(writesPerWindow);
    for (let i = 0n; i < BigInt(writesPerWindow - 1); i++) await model.writeAt(first + i * step);
    await model.writeAt(microsOf(to) - 1n);
    writtenTo = to;
  };
  return {
    world,
    model,
    asked,
    committed,
    start: (overrides) => startSync(world.env, { tableName: TABLE, pollSeconds: 30, ...overrides }),
    letPass: (hours) => letPass(world.env, hours),
    lakeItems: () => lakeItems(world.ports.objectStore(REGION, BUCKET), TABLE),
  };
}

/** True when it is new. */
function noteOnce(windows: Window[], scope: ExportScope): boolean {
  if (scope.kind === 'full') return false;
  const isKnown = windows.some(({ window }) => window.to === scope.window.to);
  if (!isKnown) windows.push(scope);
  return !isKnown;
}

/** Whether each window begins where the one before ends. */
export function isGapless(windows: readonly Window[]): boolean {
  return windows.every(
    ({ window }, index) => index === 0 || window.from === windows[index - 1]?.window.to,
  );
}

/** Seconds that a window has. */
export function lengthOf({ window }: Window): number {
  return secondsBetween(window.from, window.to);
}
