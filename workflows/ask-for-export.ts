/** Owns asking for an export of a sync's: at once where the Region has room, else in turn with all that wait. */
import { uuid4 } from '@temporalio/workflow';
import type { AskedExport, RequestExportInput } from '../activities/table/table-activities.js';
import { assert } from '../src/core/assert.js';
import type { ExportScope, TableIdentity } from '../src/export/table-exports.js';
import { exportLineOf } from '../src/scheduling/export-line.js';
import type { Flight } from '../src/sync/flight.js';
import { flightOf } from '../src/sync/flights.js';
import { exportAsked } from '../src/sync/leavings.js';
import { entered, exportAttempt } from '../src/sync/table-sync-state.js';
import { calls, turns } from './activity-proxies.js';
import type { SyncRun } from './sync-run.js';

/** Asks for an export, unless it is under way already. */
export async function requestOnce(
  run: SyncRun,
  scope: ExportScope,
  epoch: number,
  summary: string,
): Promise<Pick<Flight, 'exportArn' | 'attempt'>> {
  const attempt = exportAttempt(run.state, scope);
  const known = flightOf(run.state, scope);
  if (known !== undefined && known.attempt >= attempt) return known;
  const order = { ...run.tableRef, table: openedTable(run), scope, epoch, attempt };
  const asked = await askedFor(run, order, summary);
  if (run.input.keepExportsSeconds !== undefined) {
    run.update((state) => exportAsked(state, scope, asked.exportArn));
  }
  return { exportArn: asked.exportArn, attempt: asked.attempt ?? attempt };
}

/** The table that the sync follows. */
export function openedTable({ state: { table } }: SyncRun): TableIdentity {
  assert(table !== undefined, 'the table was opened before it is loaded');
  return table;
}

/**
 * The line costs nothing while there is room, as nobody is in it. What else delays an export is waited
 * for outside, where it holds up nobody.
 */
async function askedFor(
  run: SyncRun,
  order: Omit<RequestExportInput, 'hasTurn'>,
  summary: string,
): Promise<AskedExport> {
  for (;;) {
    const asked = await calls.requestExport.executeWithOptions({ summary }, [
      { ...order, hasTurn: false },
    ]);
    if (asked.exportArn !== undefined) return asked;
    const inTurn = await askedInTurn(run, order, summary);
    if (inTurn.exportArn !== undefined) return inTurn;
  }
}

async function askedInTurn(
  run: SyncRun,
  order: Omit<RequestExportInput, 'hasTurn'>,
  summary: string,
): ReturnType<typeof turns.requestExport> {
  const { region, tableName } = order;
  const before = run.state.nextEvent;
  run.update((state) => entered(state, state.phase, { what: 'its turn to ask for an export' }));
  const asked = await run.leases.hold(
    {
      pool: exportLineOf(region),
      leaseId: uuid4(),
      slots: 1,
      priority: 1,
      label: `${tableName}: ${summary}`,
      open: () =>
        calls.openExportLine.executeWithOptions({ summary: `line for exports in ${region}` }, [
          region,
        ]),
    },
    () => turns.requestExport.executeWithOptions({ summary }, [{ ...order, hasTurn: true }]),
  );
  run.update((state) => entered(state, state.phase, before));
  return asked;
}
