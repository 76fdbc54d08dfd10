/** Owns the instants at which a cron expression fires in a time zone, daylight saving included. */
import { matchesDay, parseCron, type CronFields } from './cron-expression.js';
import { instantsOfWall, offsetAt } from './zoned-time.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** 29 February comes again after eight years at most, around a century that has none. */
const FARTHEST_DAYS = 366 * 9;

/**
 * The first instant after `epochMs` (exclusive) at which `expression` fires; undefined when it
 * never does.
 */
export function nextFire(expression: string, zone: string, epochMs: number): number | undefined {
  return search(expression, zone, epochMs, 1);
}

/** The last instant before `epochMs` (exclusive) at which `expression` fires. */
export function previousFire(
  expression: string,
  zone: string,
  epochMs: number,
): number | undefined {
  return search(expression, zone, epochMs, -1);
}

function search(
  expression: string,
  zone: string,
  epochMs: number,
  direction: 1 | -1,
): number | undefined {
  const fields = parseCron(expression);
  const wall = epochMs + offsetAt(zone, epochMs);
  // One day back from where the search begins: a skipped reading can be shifted past midnight.
  const first = Math.floor(wall / DAY_MS) * DAY_MS - direction * DAY_MS;
  for (let days = 0; days <= FARTHEST_DAYS; days += 1) {
    const day = first + direction * days * DAY_MS;
    if (!matchesDay(fields, new Date(day))) continue;
    const fires = firesOn(fields, zone, day);
    const found =
      direction === 1
        ? fires.find((fire) => fire > epochMs)
        : fires.findLast((fire) => fire < epochMs);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The instants of one day, in order. `day` is its midnight on the wall, written as if in UTC. */
function firesOn(fields: CronFields, zone: string, day: number): readonly number[] {
  const walls = fields.hours.flatMap((hour) =>
    fields.minutes.map((minute) => day + hour * HOUR_MS + minute * MINUTE_MS),
  );
  const offset = offsetAt(zone, day - DAY_MS);
  if (offset === offsetAt(zone, day + 2 * DAY_MS)) return walls.map((wall) => wall - offset);
  const hourly = fields.hours.length === 24;
  return walls
    .flatMap((wall) => firesAt(zone, wall, hourly))
    .sort((left, right) => left - right)
    .filter((fire, index, all) => fire !== all[index - 1]);
}

/**
 * What fires at one wall reading of a day on which clocks change, as Airflow has it: an expression
 * of every hour follows real time (twice in an hour that repeats, not in one that is skipped); any
 * other fires once a reading: the second time it shows, or as far past a skip as it lies into it.
 */
function firesAt(zone: string, wall: number, hourly: boolean): readonly number[] {
  const { instants, shifted } = instantsOfWall(zone, wall);
  if (hourly) return instants;
  return [instants.at(-1) ?? shifted];
}
