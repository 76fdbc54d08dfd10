/** Owns the finding: what one check of the doctor found, and what to do about it. */
import { TidemarkError, messageOf } from '../../core/errors.js';

/** What was found. A warning is for what works but may surprise. */
export interface Finding {
  readonly what: string;
  readonly outcome: 'passed' | 'warned' | 'failed' | 'skipped';
  readonly found: string;
  readonly toDo?: string;
}

/** All is well. */
export function passed(what: string, found: string): Finding {
  return { what, outcome: 'passed', found };
}

/** It works, but. */
export function warned(what: string, found: string, toDo: string): Finding {
  return { what, outcome: 'warned', found, toDo };
}

/** It was not looked at, for this reason. */
export function skipped(what: string, found: string): Finding {
  return { what, outcome: 'skipped', found };
}

/** It does not work; an error of ours knows what to do. */
export function failed(what: string, thrown: unknown, toDo?: string): Finding {
  const hint = toDo ?? (thrown instanceof TidemarkError ? thrown.hint : undefined);
  const found = messageOf(thrown);
  return { what, outcome: 'failed', found, ...(hint === undefined ? {} : { toDo: hint }) };
}
