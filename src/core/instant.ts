/** Owns the instant: a whole UTC second, as DynamoDB's export API knows time. */

declare const instantBrand: unique symbol;

/**
 * A UTC time in whole seconds, as ISO 8601 text: `2026-11-24T08:15:00Z`.
 *
 * Text, so that workflow histories read well; of one fixed width, so that `<` on two instants is
 * their order in time. Whole seconds, because export times are
 * (API_ExportTableToPointInTime: ExportTime, ExportFromTime, ExportToTime).
 */
export type Instant = string & { readonly [instantBrand]: 'Instant' };

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** The instant at `epochSeconds`; fractions are cut off. */
export function instantOfSeconds(epochSeconds: number): Instant {
  const iso = new Date(Math.floor(epochSeconds) * 1000).toISOString();
  return `${iso.slice(0, 19)}Z` as Instant;
}

/** The instant at or before `epochMs`, in milliseconds since 1970. */
export function instantOfMillis(epochMs: number): Instant {
  return instantOfSeconds(epochMs / 1000);
}

/** Seconds since 1970 of an instant. */
export function secondsOf(instant: Instant): number {
  return Date.parse(instant) / 1000;
}

/** Milliseconds since 1970 of an instant. */
export function millisOf(instant: Instant): number {
  return Date.parse(instant);
}

/** Microseconds since 1970 of an instant, the unit of `WriteTimestampMicros`. */
export function microsOf(instant: Instant): bigint {
  return BigInt(Date.parse(instant)) * 1000n;
}

/**
 * Reads any ISO 8601 time that names its zone; undefined when `text` is none or has a part of a
 * second, which an export time cannot have.
 */
export function parseInstant(text: string): Instant | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.0+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text)) {
    return undefined;
  }
  const epochMs = Date.parse(text);
  if (Number.isNaN(epochMs) || epochMs % 1000 !== 0) return undefined;
  const instant = instantOfMillis(epochMs);
  return INSTANT.test(instant) ? instant : undefined;
}

/** `instant` moved by `seconds`, which may be negative. */
export function addSeconds(instant: Instant, seconds: number): Instant {
  return instantOfSeconds(secondsOf(instant) + seconds);
}

/** `to` − `from` in seconds; negative when `to` comes first. */
export function secondsBetween(from: Instant, to: Instant): number {
  return secondsOf(to) - secondsOf(from);
}

/** The last multiple of `seconds` (counted from 1970) at or before `instant`. */
export function floorTo(instant: Instant, seconds: number): Instant {
  return instantOfSeconds(Math.floor(secondsOf(instant) / seconds) * seconds);
}

/** The first multiple of `seconds` (counted from 1970) strictly after `instant`. */
export function boundaryAfter(instant: Instant, seconds: number): Instant {
  return addSeconds(floorTo(instant, seconds), seconds);
}

/** `20261124T081500Z`: the form used in object keys, where a colon is trouble for some readers. */
export function compactInstant(instant: Instant): string {
  return instant.replaceAll(/[-:]/g, '');
}

/** Reads {@link compactInstant}'s form; undefined when `text` is not of it. */
export function parseCompactInstant(text: string): Instant | undefined {
  const match = COMPACT.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  return parseInstant(
    `${String(year)}-${String(month)}-${String(day)}T${String(hour)}:${String(minute)}:${String(second)}Z`,
  );
}
