/** Owns the limits of the export service that planning must respect, as plain configuration. */

/** What the service accepts. All in seconds; every bound is inclusive. */
export interface ServiceLimits {
  /** Shortest incremental window. */
  readonly minWindowSeconds: number;
  /** Longest incremental window. */
  readonly maxWindowSeconds: number;
  /** How far back PITR reaches at most. */
  readonly recoveryPeriodSeconds: number;
}

/**
 * DynamoDB's own limits: windows of 15 minutes to 24 hours, 35 days of recovery
 * (developerguide/S3DataExport_Requesting.html, PointInTimeRecovery.html).
 */
export const AWS_LIMITS: ServiceLimits = Object.freeze({
  minWindowSeconds: 15 * 60,
  maxWindowSeconds: 24 * 60 * 60,
  recoveryPeriodSeconds: 35 * 24 * 60 * 60,
});

/** `limits` with every minute lasting `secondsPerMinute` seconds: 1 is sixty times as fast. */
export function scaledLimits(limits: ServiceLimits, secondsPerMinute: number): ServiceLimits {
  const scale = (seconds: number): number =>
    Math.max(1, Math.round((seconds * secondsPerMinute) / 60));
  return {
    minWindowSeconds: scale(limits.minWindowSeconds),
    maxWindowSeconds: scale(limits.maxWindowSeconds),
    recoveryPeriodSeconds: scale(limits.recoveryPeriodSeconds),
  };
}
