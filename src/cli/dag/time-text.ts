/** Owns how the times of DAGs are written for people: in the DAG's time zone. */
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { millisOf, parseInstant, type Instant } from '../../core/instant.js';
import type { DataInterval, Schedule } from '../../dag/index.js';
import { timeText } from '../format.js';

/** The time zone that a schedule thinks in. */
export function zoneOf(schedule: Schedule): string {
  return schedule.kind === 'cron' ? schedule.timezone : 'UTC';
}

/** `2026-11-24 06:00` in `zone`, with seconds where there are any. */
export function clockText(instant: Instant, zone: string): string {
  // Sweden writes dates as ISO 8601 does.
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(new Date(instant));
  return text.replace(/:00$/, '');
}

/** `2026-11-24 06:00 → 07:00`; the second date only where it is another. */
export function intervalText({ start, end }: DataInterval, zone: string): string {
  const [from, to] = [clockText(start, zone), clockText(end, zone)];
  if (start === end) return from;
  return `${from} → ${to.startsWith(from.slice(0, 10)) ? to.slice(11) : to}`;
}

/** `3 min 5 s ago`, `in 2 h`. */
export function awayText(atMs: number, nowMs: number): string {
  return atMs > nowMs ? `in ${timeText(atMs - nowMs)}` : `${timeText(nowMs - atMs)} ago`;
}

/** How long something took, or takes; nothing when it has not begun. */
export function tookText(
  run: { readonly startedAtMs?: number; readonly endedAtMs?: number },
  nowMs: number,
): string {
  if (run.startedAtMs === undefined) return '';
  return timeText((run.endedAtMs ?? nowMs) - run.startedAtMs);
}

/** Reads a time that a person typed; a date alone is its midnight in UTC. InvalidUsage when it is none. */
export function readInstant(text: string, option: string): Instant {
  const instant = parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (instant !== undefined) return instant;
  throw new TidemarkError(`${option} is "${text}", which is no time.`, {
    code: ErrorCode.InvalidUsage,
    subject: option,
    hint: 'Write a date, or a time with its zone: 2026-01-31 or 2026-01-31T06:00:00Z.',
  });
}

/** Reads `FROM/TO`. */
export function readInterval(text: string, option: string): DataInterval {
  const [from = '', to, ...rest] = text.split('/');
  if (to === undefined || rest.length > 0) {
    throw new TidemarkError(`${option} is "${text}", which is no interval.`, {
      code: ErrorCode.InvalidUsage,
      subject: option,
      hint: 'Write its two ends: 2026-01-31/2026-02-01.',
    });
  }
  const interval = { start: readInstant(from, option), end: readInstant(to, option) };
  if (millisOf(interval.start) <= millisOf(interval.end)) return interval;
  throw new TidemarkError(`${option} ends before it begins.`, {
    code: ErrorCode.InvalidUsage,
    subject: option,
    hint: 'Give the earlier time first.',
  });
}
