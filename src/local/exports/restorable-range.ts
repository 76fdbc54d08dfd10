/** Owns which times point-in-time recovery reaches. */
import type { ServiceProfile } from '../service-profile.js';
import type { PitrSettings } from './ports.js';

/** The longest recovery period that can be asked for, which the profile's length stands for. */
const MAX_RECOVERY_DAYS = 35n;
const SECOND = 1_000_000n;

/** Both ends inclusive, whole seconds, in microseconds. */
export interface RestorableRange {
  readonly earliestMicros: bigint;
  readonly latestMicros: bigint;
}

/** Undefined while recovery is off. Right after it was switched on both ends are that moment. */
export function restorableRange(
  pitr: PitrSettings | undefined,
  nowMicros: bigint,
  profile: ServiceProfile,
): RestorableRange | undefined {
  if (pitr === undefined) return undefined;
  const periodMicros =
    (BigInt(profile.recoveryPeriodSeconds) * SECOND * BigInt(pitr.recoveryPeriodDays)) /
    MAX_RECOVERY_DAYS;
  const earliestMicros = floorToSecond(later(pitr.enabledAtMicros, nowMicros - periodMicros));
  const trailing = floorToSecond(nowMicros - BigInt(profile.restorableLagSeconds) * SECOND);
  return { earliestMicros, latestMicros: later(earliestMicros, trailing) };
}

function later(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}

function floorToSecond(timeMicros: bigint): bigint {
  return timeMicros - (timeMicros % SECOND);
}
