/** Owns `tidemark pause`, `resume`, `resync` and `stop`: one signal each. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { SyncSignal } from '../sync/table-sync-input.js';
import type { TableSyncStatus } from '../sync/table-sync-status.js';
import type { TemporalAccess } from '../temporal/connect.js';
import {
  seeTableSync,
  signalTableSync,
  type ListedSync,
  type SeenSync,
} from '../temporal/table-syncs.js';
import { findSync } from './find-sync.js';
import { openScope, withTemporal } from './scope.js';
import { stateStyle, stateText } from './status-text.js';

interface SignalText {
  readonly summary: string;
  readonly description: string;
  /** Whether the sync took the signal in. */
  isTaken(status: TableSyncStatus): boolean;
}

const TEXTS: Readonly<Record<SyncSignal, SignalText>> = {
  pause: {
    summary: 'ask for no new exports of a table',
    description:
      'Asks for no new exports from now on; what is under way is finished. Nothing is lost: resume\n' +
      "catches up, as long as DynamoDB's recovery reaches back that far.",
    isTaken: (status) => status.pauseRequested,
  },
  resume: {
    summary: 'go on after a pause, or after mending what parked a table',
    description:
      'Goes on where the lake stands, in windows as wide as the service allows until caught up.',
    isTaken: (status) => !status.pauseRequested && status.parked === undefined,
  },
  resync: {
    summary: 'load a table anew by a full export',
    description:
      'Takes a new full export into the same lake table. Readers see the old state until it is in.',
    isTaken: (status) => status.resyncRequested || status.baseNeeded !== undefined,
  },
  stop: {
    summary: 'end a sync; its lake stays',
    description:
      'Ends the workflow cleanly; the lake stays as it is, and `tidemark start` goes on from there.',
    isTaken: (status) => status.stopRequested,
  },
};

/** How long to wait for a sync to take a signal in. */
const PATIENCE_MS = 10_000;
const LOOK_INTERVAL_MS = 200;

/** The four commands. */
export function signalCommands(): Command[] {
  return (Object.keys(TEXTS) as SyncSignal[]).map((signal) =>
    new Command(signal)
      .summary(TEXTS[signal].summary)
      .description(TEXTS[signal].description)
      .argument('<table...>', 'names of DynamoDB tables')
      .action(async (tables: string[], _options: object, command: Command) => {
        const scope = await openScope(command);
        const { output } = scope;
        await withTemporal(scope, async (temporal) => {
          // All are found before any is told: a typo in the second leaves the first as it was.
          const syncs: ListedSync[] = [];
          for (const table of tables) syncs.push(await findRunning(scope, temporal, table));
          for (const { region, tableName } of syncs) {
            await signalTableSync(temporal, region, tableName, signal);
            const seen = await seeTaken(temporal, { region, tableName }, signal);
            const state = stateText(seen);
            output.json({ tableName, region, signal, state, status: seen.status });
            output.line(
              `${output.style('bold', tableName)} ${signal} sent: ${output.style(stateStyle(state), state)}`,
            );
            if (seen.execution === 'RUNNING' && seen.silence !== undefined) {
              output.note(`${seen.silence} The signal is kept until then.`);
            }
          }
        });
      }),
  );
}

async function findRunning(
  ...[scope, temporal, table]: Parameters<typeof findSync>
): Promise<ListedSync> {
  const sync = await findSync(scope, temporal, table);
  if (sync.execution === 'RUNNING') return sync;
  const how =
    sync.execution === 'COMPLETED' ? 'stopped' : sync.execution.toLowerCase().replaceAll('_', ' ');
  throw new TidemarkError(`The sync of ${table} is not running (${how}).`, {
    code: ErrorCode.NotFound,
    subject: table,
    hint: `Start it with \`tidemark start ${table}\`.`,
  });
}

async function seeTaken(
  temporal: TemporalAccess,
  table: { readonly region: string; readonly tableName: string },
  signal: SyncSignal,
): Promise<SeenSync> {
  const deadlineMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await seeTableSync(temporal, table.region, table.tableName);
    if (seen.execution !== 'RUNNING' || Date.now() >= deadlineMs) return seen;
    // Silence may end: a worker that has just died is still asked first for some seconds.
    const isTaken = seen.status !== undefined && TEXTS[signal].isTaken(seen.status);
    if (signal !== 'stop' && isTaken) return seen;
    await sleep(LOOK_INTERVAL_MS);
  }
}
