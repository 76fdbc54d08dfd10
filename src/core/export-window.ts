/** Owns the export window and how windows follow one another without gap or overlap. */
import { assert } from './assert.js';
import { addSeconds, floorTo, secondsBetween, type Instant } from './instant.js';
import type { ServiceLimits } from './service-limits.js';

/**
 * A stretch of time `[from, to)`: a write at `from` is in it, a write at `to` is in the next one.
 * That is how DynamoDB reads ExportFromTime and ExportToTime.
 */
export interface ExportWindow {
  readonly from: Instant;
  readonly to: Instant;
}

/** The length of a window in seconds. */
export function windowLength(window: ExportWindow): number {
  return secondsBetween(window.from, window.to);
}

/** What {@link nextWindow} plans by. */
export interface WindowPlan {
  /** Exclusive end of the last committed window: where the next one begins. */
  readonly watermark: Instant;
  readonly now: Instant;
  /** The wanted length, in seconds. */
  readonly windowSeconds: number;
  /** Ends fall on multiples of it where the limits allow; by default the wanted length. */
  readonly alignSeconds?: number;
  readonly limits: ServiceLimits;
}

/**
 * The window that follows `watermark`. It may still lie ahead: ask for its export only at its end.
 *
 * A backlog is caught up with one window as wide as the limits allow, since one wide export costs
 * less than many narrow ones and an export of any width takes about the same time.
 */
export function nextWindow(plan: WindowPlan): ExportWindow {
  const { watermark, now, windowSeconds, alignSeconds = windowSeconds, limits } = plan;
  const { minWindowSeconds, maxWindowSeconds } = limits;
  assert(
    windowSeconds >= minWindowSeconds && windowSeconds <= maxWindowSeconds,
    `a window of ${windowSeconds} s is within ${minWindowSeconds}–${maxWindowSeconds} s`,
  );
  const lawful = (to: Instant): boolean => {
    const length = secondsBetween(watermark, to);
    return length >= minWindowSeconds && length <= maxWindowSeconds;
  };
  const backlogEnd = floorTo(now, alignSeconds);
  if (secondsBetween(watermark, backlogEnd) > maxWindowSeconds) {
    const widest = floorTo(addSeconds(watermark, maxWindowSeconds), alignSeconds);
    return {
      from: watermark,
      to: lawful(widest) ? widest : addSeconds(watermark, maxWindowSeconds),
    };
  }
  if (secondsBetween(watermark, backlogEnd) > windowSeconds) {
    return { from: watermark, to: backlogEnd };
  }
  const aligned = floorTo(addSeconds(watermark, windowSeconds), alignSeconds);
  return { from: watermark, to: lawful(aligned) ? aligned : addSeconds(watermark, windowSeconds) };
}
