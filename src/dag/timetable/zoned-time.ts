/** Owns the offset of a time zone at an instant, and which instants show a given wall clock. */
import { ErrorCode, TidemarkError } from '../../core/errors.js';

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Milliseconds that clocks in `zone` are ahead of UTC at `epochMs`. */
export function offsetAt(zone: string, epochMs: number): number {
  if (zone === 'UTC') return 0;
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(epochMs)) parts[type] = Number(value);
  const wall = Date.UTC(
    parts['year'] ?? 0,
    (parts['month'] ?? 1) - 1,
    parts['day'] ?? 1,
    parts['hour'] ?? 0,
    parts['minute'] ?? 0,
    parts['second'] ?? 0,
  );
  return wall - Math.floor(epochMs / 1000) * 1000;
}

/** How a wall clock reading maps to instants: one; two when clocks go back; none when they skip it. */
export interface WallInstants {
  readonly instants: readonly number[];
  /** Where a reading that clocks skip ends up: as far past the skip as it lies into it. */
  readonly shifted: number;
}

/** The instants at which clocks in `zone` read `wallMs` (a wall reading, written as if in UTC). */
export function instantsOfWall(zone: string, wallMs: number): WallInstants {
  const before = offsetAt(zone, wallMs - DAY_MS);
  const after = offsetAt(zone, wallMs + DAY_MS);
  const offsets = before === after ? [before] : [before, after];
  const instants = offsets
    .map((offset) => wallMs - offset)
    .filter((epochMs, index) => offsetAt(zone, epochMs) === offsets[index])
    .sort((left, right) => left - right);
  return { instants, shifted: wallMs - before };
}

/** @throws TidemarkError when the platform does not know `zone`. */
export function checkZone(zone: string): void {
  try {
    formatOf(zone);
  } catch (cause) {
    throw new TidemarkError(`Time zone '${zone}' is not known.`, {
      code: ErrorCode.InvalidConfig,
      subject: zone,
      hint: 'Use an IANA name such as Europe/Paris, or UTC.',
      cause,
    });
  }
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(zone, format);
  return format;
}
