/** Owns when a parked sync looks by itself whether what it is parked for was mended. */
import type { ErrorCode } from '../core/errors.js';
import { addSeconds, type Instant } from '../core/instant.js';
import type { ServiceLimits } from '../core/service-limits.js';

/**
 * What is mended outside of tidemark, and shows by trying again at no price: an export that FAILED
 * before it wrote anything, a call that was refused. The rest would take an export that is paid for
 * and end the same way, or waits for a person's word.
 */
const SHOWS_WHEN_MENDED: readonly string[] = [
  'ExportFailed',
  'BucketNotFound',
  'AccessDenied',
  'TableNotFound',
  'PitrUnavailable',
] satisfies readonly ErrorCode[];

/**
 * When to look again after `probes` looks that found nothing mended: in 5 minutes first, then in twice
 * as long each time, an hour at most (by AWS's limits; as much faster as `limits` are). Undefined
 * where only a person can tell that it is mended.
 */
export function nextProbe(
  code: string,
  probes: number,
  now: Instant,
  limits: ServiceLimits,
): Instant | undefined {
  if (!SHOWS_WHEN_MENDED.includes(code)) return undefined;
  const firstSeconds = limits.minWindowSeconds / 3;
  const longestSeconds = limits.minWindowSeconds * 4;
  const waitSeconds = Math.min(firstSeconds * 2 ** Math.min(probes, 16), longestSeconds);
  return addSeconds(now, Math.max(1, Math.round(waitSeconds)));
}
