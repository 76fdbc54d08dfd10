/** Owns what a failed step does to the sync: a resync, another look, or a park. */
import {
  ActivityFailure,
  ApplicationFailure,
  log,
  patched,
  TemporalFailure,
} from '@temporalio/workflow';
import type { ErrorCode } from '../src/core/errors.js';
import { remedyFor } from '../src/sync/plan-sync.js';
import { nextProbe } from '../src/sync/plan-probe.js';
import {
  baseCalledFor,
  doubted,
  ended,
  parked,
  probesSoFar,
  spoilt,
} from '../src/sync/table-sync-state.js';
import type { SyncRun } from './sync-run.js';

/** Marks histories in which an export that does not verify is taken anew by itself; permanent. */
const AGAIN = 'corrupt-export-again';

/** Records the failure in the state. Errors of our own code are thrown on, to fail the task loudly. */
export function failedWith(run: SyncRun, error: unknown): void {
  const failure = applicationFailureOf(error);
  if (failure === undefined) throw error;
  const { code, message, hint } = failure;
  const { state, input } = run;
  const remedy = remedyFor(code, {
    wasFollowed: state.watermark !== undefined,
    spoilt: state.spoilt ?? 0,
    ...(input.answers === undefined ? {} : { answers: input.answers }),
  });
  if (remedy === 'resync') {
    log.warn(`resync: ${message}`);
    run.update((before) => baseCalledFor(before, message));
    return;
  }
  if (remedy === 'reopen') {
    log.warn(`reading the lake anew: ${message}`);
    run.update(doubted);
    return;
  }
  if (remedy === 'again' && patched(AGAIN)) {
    log.warn(`taking another export: ${message}`);
    run.update(spoilt);
    return;
  }
  if (remedy === 'end') {
    log.warn(`ends: ${message}`);
    run.update((before) => ended(before, { code, message, since: run.now() }));
    return;
  }
  log.warn(`parked: ${message}`);
  const probes = probesSoFar(state, code);
  const probeAt = nextProbe(code, probes, run.now(), input.limits);
  run.update((before) =>
    parked(before, {
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      since: run.now(),
      ...(probes === 0 ? {} : { probes }),
      ...(probeAt === undefined ? {} : { nextProbe: probeAt }),
    }),
  );
}

/** Whether an activity found that an export's files do not verify. */
export function isCorruptExport(error: unknown): boolean {
  return applicationFailureOf(error)?.code === ('CorruptExport' satisfies ErrorCode);
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

function applicationFailureOf(error: unknown): Failure | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    const [detail] = cause.details ?? [];
    const hint = hintOf(detail);
    return {
      code: cause.type ?? 'Unknown',
      message: cause.message,
      ...(hint === undefined ? {} : { hint }),
    };
  }
  if (cause instanceof TemporalFailure) return { code: cause.name, message: cause.message };
  return undefined;
}

function hintOf(detail: unknown): string | undefined {
  if (typeof detail !== 'object' || detail === null || !('hint' in detail)) return undefined;
  return typeof detail.hint === 'string' ? detail.hint : undefined;
}
