/** Owns the short form of many intervals, so that ten thousand of them fit in a state. */
import { assert } from '../core/assert.js';
import { addSeconds, secondsBetween, type Instant } from '../core/instant.js';
import type { DataInterval } from '../dag/run-context.js';

/** `count` intervals of equal length, each beginning where the one before ends. */
export interface IntervalSpan {
  readonly start: Instant;
  readonly seconds: number;
  readonly count: number;
}

/** The spans of intervals that are given in time order. */
export function spansOf(intervals: readonly DataInterval[]): readonly IntervalSpan[] {
  const spans: IntervalSpan[] = [];
  for (const { start, end } of intervals) {
    const seconds = secondsBetween(start, end);
    const open = spans.at(-1);
    if (open !== undefined && open.seconds === seconds && endOf(open) === start) {
      spans[spans.length - 1] = { ...open, count: open.count + 1 };
    } else {
      spans.push({ start, seconds, count: 1 });
    }
  }
  return spans;
}

/** How many intervals there are. */
export function countOf(spans: readonly IntervalSpan[]): number {
  return spans.reduce((sum, { count }) => sum + count, 0);
}

/** Takes the first interval, or the last when `backwards`; there must be one. */
export function takeInterval(
  spans: readonly IntervalSpan[],
  backwards: boolean,
): { readonly interval: DataInterval; readonly rest: readonly IntervalSpan[] } {
  const span = spans.at(backwards ? -1 : 0);
  assert(span !== undefined, 'an interval is taken from spans that hold one');
  const start = backwards ? addSeconds(endOf(span), -span.seconds) : span.start;
  const end = addSeconds(start, span.seconds);
  const left: IntervalSpan = {
    ...span,
    start: backwards ? span.start : end,
    count: span.count - 1,
  };
  const kept = left.count === 0 ? [] : [left];
  return {
    interval: { start, end },
    rest: backwards ? [...spans.slice(0, -1), ...kept] : [...kept, ...spans.slice(1)],
  };
}

function endOf({ start, seconds, count }: IntervalSpan): Instant {
  return addSeconds(start, seconds * count);
}
