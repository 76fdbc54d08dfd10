/** Owns how the local services' pace is told. */
import { durationText } from '../../config/duration.js';
import { AWS_LIMITS, scaledLimits } from '../../core/service-limits.js';

/** `clock: 1 minute = 1 s; windows of 15 minutes land every 15 s`. */
export function clockText(secondsPerMinute: number): string {
  if (secondsPerMinute === 60) return "clock: real time, at AWS's own pace";
  const { minWindowSeconds } = scaledLimits(AWS_LIMITS, secondsPerMinute);
  const every = minWindowSeconds < 60 ? `${minWindowSeconds} s` : durationText(minWindowSeconds);
  return `clock: 1 minute = ${secondsPerMinute} s; windows of 15 minutes land every ${every}`;
}
