/** Owns how fast time runs for the local DynamoDB service: AWS's own pace, or a quicker one. */
import { AWS_LIMITS, scaledLimits, type ServiceLimits } from '../core/service-limits.js';

/** What the local service behaves by; durations in seconds. */
export interface ServiceProfile extends ServiceLimits {
  /** From the request of an export to its end. */
  readonly exportSeconds: number;
  /** How far LatestRestorableDateTime trails the present. */
  readonly restorableLagSeconds: number;
  /** How long an export's ClientToken stands for the same export. */
  readonly exportTokenSeconds: number;
  /** Exports of the Region that may be in progress at once. */
  readonly exportsAtOnce: number;
  /** From one sweep of expired items to the next. */
  readonly ttlSweepSeconds: number;
}

/**
 * DynamoDB's own pace: an export of even a tiny table takes about five minutes, PITR trails by five
 * (APIReference/API_PointInTimeRecoveryDescription.html), a token holds for eight hours
 * (API_ExportTableToPointInTime.html), and 300 exports may be in progress at once
 * (developerguide/ServiceQuotas.html#limits-table-export).
 */
export const AWS_PROFILE: ServiceProfile = Object.freeze({
  ...AWS_LIMITS,
  exportSeconds: 5 * 60,
  restorableLagSeconds: 5 * 60,
  exportTokenSeconds: 8 * 60 * 60,
  exportsAtOnce: 300,
  ttlSweepSeconds: 60,
});

/** AWS's pace with every minute lasting `secondsPerMinute` seconds: 1 is sixty times as fast. */
export function fastProfile(secondsPerMinute: number): ServiceProfile {
  const scale = (seconds: number): number =>
    Math.max(1, Math.round((seconds * secondsPerMinute) / 60));
  return {
    ...scaledLimits(AWS_LIMITS, secondsPerMinute),
    exportSeconds: scale(AWS_PROFILE.exportSeconds),
    restorableLagSeconds: scale(AWS_PROFILE.restorableLagSeconds),
    exportTokenSeconds: scale(AWS_PROFILE.exportTokenSeconds),
    exportsAtOnce: AWS_PROFILE.exportsAtOnce,
    ttlSweepSeconds: scale(AWS_PROFILE.ttlSweepSeconds),
  };
}
