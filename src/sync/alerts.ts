/** Owns of what a person is told unasked: once for each change of state, and of nothing that mends itself soon. */
import { addSeconds, type Instant } from '../core/instant.js';
import { ALERT_KINDS, type AlertKind, type Told } from './alert-kinds.js';
import { reachDeadlines } from './recovery-reach.js';
import type { TableSyncInput } from './table-sync-input.js';
import type { Ending, TableSyncState } from './table-sync-state.js';

/** One message to a person, whole in itself. */
export interface Alert {
  readonly kind: AlertKind;
  /** The same for each telling of one change of state, whoever tells it. */
  readonly id: string;
  readonly region: string;
  readonly tableName: string;
  /** One sentence. */
  readonly message: string;
  /** What to do, where a person must. */
  readonly hint?: string;
  readonly watermark?: Instant;
  readonly at: Instant;
}

/** What of the input alerts go by. */
export type AlertSettings = Pick<TableSyncInput, 'region' | 'tableName' | 'limits' | 'alerts'>;

/** Exports in a row that FAILED, after which a person may want to know. */
const FAILING_AFTER = 3;

interface Finding {
  /** Of which change of state; told once. */
  readonly of: string;
  readonly message: string;
  readonly hint?: string;
}

type Findings = Readonly<Partial<Record<AlertKind, Finding>>>;

/** What is to be told at `now`, and what will have been told then. */
export function alertsDue(
  state: TableSyncState,
  now: Instant,
  settings: AlertSettings,
): { readonly due: readonly Alert[]; readonly told: Told } {
  const before = state.told ?? {};
  const findings = findingsOf(state, now, settings, before);
  const { region, tableName } = settings;
  const due = ALERT_KINDS.flatMap((kind): Alert[] => {
    const finding = findings[kind];
    if (finding === undefined || before[kind] === finding.of) return [];
    const { of, message, hint } = finding;
    return [
      {
        kind,
        id: `${region}/${tableName} ${kind} ${of}`,
        region,
        tableName,
        message,
        ...(hint === undefined ? {} : { hint }),
        ...(state.watermark === undefined ? {} : { watermark: state.watermark }),
        at: now,
      },
    ];
  });
  const told = Object.fromEntries(
    ALERT_KINDS.flatMap((kind) => {
      const finding = findings[kind];
      return finding === undefined ? [] : [[kind, finding.of]];
    }),
  );
  return { due, told };
}

function findingsOf(
  state: TableSyncState,
  now: Instant,
  settings: AlertSettings,
  before: Told,
): Findings {
  const { tableName } = settings;
  const { baseNeeded, epoch, watermark } = state;
  if (state.ended !== undefined) return ending(state.ended, tableName);
  const reason = state.parked ?? state.probing;
  const resync: Findings =
    baseNeeded === undefined || epoch === 0
      ? {}
      : {
          resyncing: {
            of: String(epoch),
            message: `${tableName} is loaded anew: ${baseNeeded}`,
          },
        };
  if (reason !== undefined) {
    const { code, since, message, hint } = reason;
    const parked = {
      of: `${code} ${since}`,
      message: `The sync of ${tableName} is parked: ${message}`,
      ...(hint === undefined ? {} : { hint }),
    };
    return { ...resync, ...runningOut(state, now, settings), parked };
  }
  // What was told as parked is told as over, and stays told.
  const recovered = before.parked ?? before.recovered;
  return {
    ...resync,
    ...runningOut(state, now, settings),
    ...failing(state, tableName),
    ...lagging(state, now, settings),
    ...undeleted(state, tableName),
    ...(recovered === undefined
      ? {}
      : {
          recovered: {
            of: recovered,
            message: `The sync of ${tableName} goes on${watermark === undefined ? '' : ` from ${watermark}`}.`,
          },
        }),
  };
}

function undeleted({ undeleted: refusal }: TableSyncState, tableName: string): Findings {
  if (refusal === undefined) return {};
  return {
    undeleted: {
      of: refusal.since,
      message: `The exports of ${tableName} that are loaded cannot be deleted: ${refusal.message}`,
      hint: "Allow the worker's role s3:DeleteObject where the exports are, or set keepExports: true.",
    },
  };
}

function ending({ code, since, message }: Ending, tableName: string): Findings {
  return {
    ended: {
      of: `${code} ${since}`,
      message: `The sync of ${tableName} has ended, as it was set to: ${message}`,
      hint: `Run \`tidemark start ${tableName}\` once the table is to be followed again; the lake stays as it is.`,
    },
  };
}

function failing({ attempts }: TableSyncState, tableName: string): Findings {
  if (attempts === undefined || attempts.next <= FAILING_AFTER) return {};
  return {
    failing: {
      of: attempts.scope,
      message: `The exports of ${tableName} fail, ${attempts.next - 1} in a row by now; it is tried again by itself.`,
    },
  };
}

/** A pause is somebody's wish: nobody is told of what it leads to, short of losing the past. */
function lagging(state: TableSyncState, now: Instant, settings: AlertSettings): Findings {
  const at = laggingAt(state, settings);
  if (at === undefined || at > now || state.watermark === undefined) return {};
  return {
    lagging: {
      of: 'late',
      message: `The lake of ${settings.tableName} stands at ${state.watermark} and does not move.`,
    },
  };
}

function runningOut(state: TableSyncState, now: Instant, settings: AlertSettings): Findings {
  const { watermark, recoveryPeriodDays } = state;
  if (watermark === undefined) return {};
  const { alarmAt, lostAt } = reachDeadlines(watermark, settings.limits, recoveryPeriodDays);
  if (alarmAt > now) return {};
  const { tableName } = settings;
  return {
    'running-out': {
      of: watermark,
      message: `Recovery of ${tableName} reaches its watermark ${watermark} until ${lostAt}; from then on only a new full export helps, and what changed meanwhile is in no window.`,
      hint: `Resume the sync of ${tableName} before ${lostAt}.`,
    },
  };
}

function laggingAt(state: TableSyncState, { alerts }: AlertSettings): Instant | undefined {
  if (state.watermark === undefined || alerts === undefined || state.pauseRequested) {
    return undefined;
  }
  return addSeconds(state.watermark, alerts.lagSeconds);
}

/** The next instant after `now` at which time alone may change what is to be told. */
export function nextAlertAt(
  state: TableSyncState,
  now: Instant,
  settings: AlertSettings,
): Instant | undefined {
  if (state.watermark === undefined) return undefined;
  const { limits } = settings;
  const { alarmAt } = reachDeadlines(state.watermark, limits, state.recoveryPeriodDays);
  return [laggingAt(state, settings), alarmAt]
    .filter((instant): instant is Instant => instant !== undefined && instant > now)
    .sort()[0];
}
