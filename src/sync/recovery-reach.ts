/** Owns how far back a table's recovery reaches, and when it no longer reaches the watermark. */
import { addSeconds, type Instant } from '../core/instant.js';
import type { ServiceLimits } from '../core/service-limits.js';

/** The longest recovery period there is, which `limits.recoveryPeriodSeconds` stands for. */
const LONGEST_RECOVERY_DAYS = 35;

/** Length of a recovery of `days` (1 to 35; the longest where it is not known). */
export function recoverySeconds(limits: ServiceLimits, days = LONGEST_RECOVERY_DAYS): number {
  return (limits.recoveryPeriodSeconds * days) / LONGEST_RECOVERY_DAYS;
}

/** Days of recovery that are left when the alarm rings; of a short one, a quarter of it. */
const ALARM_DAYS = 5;
const ALARM_SHARE = 1 / 4;

/** When recovery ceases to reach the watermark, and when a person should know that it will. */
export interface ReachDeadlines {
  readonly alarmAt: Instant;
  /** From here on only a new full load helps. */
  readonly lostAt: Instant;
}

/** The deadlines of a table whose lake stands at `watermark`. */
export function reachDeadlines(
  watermark: Instant,
  limits: ServiceLimits,
  days: number | undefined,
): ReachDeadlines {
  const wholeSeconds = recoverySeconds(limits, days);
  const aheadSeconds = Math.min(recoverySeconds(limits, ALARM_DAYS), wholeSeconds * ALARM_SHARE);
  const lostAt = addSeconds(watermark, wholeSeconds);
  return { alarmAt: addSeconds(lostAt, -aheadSeconds), lostAt };
}
