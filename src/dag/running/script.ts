/** Owns scripted outcomes: what a task is to do in a test, in place of its body. */
import type { Duration } from '../duration.js';
import type { Json } from '../graph.js';
import type { BodyResult } from './call-body.js';

/** What one attempt (of a sensor: one look) is to do. */
export type ScriptedOutcome =
  | { readonly success: Json }
  | { readonly fail: string; readonly retryable?: boolean }
  | { readonly skip: string }
  | { readonly notYet: true }
  /** Call the real body. */
  | 'run';

/** Which call is asked about. */
export interface ScriptedCall {
  readonly mapIndex: number;
  readonly attempt: number;
  readonly poke: number;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** One outcome for every call, one for each call in turn (the last again after that), or a function. */
export type Script =
  ScriptedOutcome | readonly ScriptedOutcome[] | ((call: ScriptedCall) => ScriptedOutcome);

/** How long each call of a task takes in virtual time: always the same, or by call. */
export type ScriptedDuration = Duration | ((call: ScriptedCall) => Duration);

/** What `script` says of a call; undefined to call the body. */
export function scriptedResult(
  script: Script | undefined,
  call: ScriptedCall,
): BodyResult | undefined {
  const outcome = outcomeOf(script, call);
  if (outcome === undefined || outcome === 'run') return undefined;
  if ('success' in outcome) return { kind: 'succeeded', value: outcome.success };
  if ('skip' in outcome) return { kind: 'skipped', reason: outcome.skip };
  if ('notYet' in outcome) return { kind: 'notYet' };
  return {
    kind: 'failed',
    error: { message: outcome.fail, type: 'Scripted' },
    retryable: outcome.retryable ?? true,
  };
}

function outcomeOf(script: Script | undefined, call: ScriptedCall): ScriptedOutcome | undefined {
  if (typeof script === 'function') return script(call);
  if (!isSequence(script)) return script;
  const turn = Math.max(call.attempt, call.poke);
  return script[Math.min(turn, script.length) - 1];
}

function isSequence(script: Script | undefined): script is readonly ScriptedOutcome[] {
  return Array.isArray(script);
}
