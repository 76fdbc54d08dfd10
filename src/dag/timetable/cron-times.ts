/** Owns the instants at which a cron expression fires in a time zone, daylight saving included. */
import { matchesDay, parseCron, type CronFields } from './cron-expression.js';
import { instantsOfWall, offsetAt } from './zoned-time.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** 29 February comes again after eight years at most, around a century that has none. */
const FARTHEST_DAYS = 366 * 9;
const KEPT_DAYS = 64;

/** The instants at which an expression fires in a zone; bounds are exclusive. */
export interface CronTimes {
  /** The first after `epochMs`; undefined when it never fires. */
  next(epochMs: number): number | undefined;
  /** The last before `epochMs`. */
  previous(epochMs: number): number | undefined;
}

/** The times of `expression` in `zone`. @throws TidemarkError when the expression cannot be read. */
export function cronTimes(expression: string, zone: string): CronTimes {
  const fields = parseCron(expression);
  // Who asks for one time asks for its neighbours: the days just looked at are kept.
  const kept = new Map<number, readonly number[]>();
  const firesOf = (day: number): readonly number[] => {
    const known = kept.get(day);
    if (known !== undefined) return known;
    if (kept.size >= KEPT_DAYS) kept.clear();
    const fires = matchesDay(fields, new Date(day)) ? firesOn(fields, zone, day) : [];
    kept.set(day, fires);
    return fires;
  };
  const search = (epochMs: number, direction: 1 | -1): number | undefined => {
    const wall = epochMs + offsetAt(zone, epochMs);
    // One day back from where the search begins: a skipped reading can be shifted past midnight.
    const first = Math.floor(wall / DAY_MS) * DAY_MS - direction * DAY_MS;
    for (let days = 0; days <= FARTHEST_DAYS; days += 1) {
      const fires = firesOf(first + direction * days * DAY_MS);
      const found =
        direction === 1
          ? fires[countUpTo(fires, epochMs)]
          : fires[countUpTo(fires, epochMs - 1) - 1];
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return {
    next: (epochMs) => search(epochMs, 1),
    previous: (epochMs) => search(epochMs, -1),
  };
}

/** How many of `fires`, which are in order, are at or before `epochMs`. */
function countUpTo(fires: readonly number[], epochMs: number): number {
  let low = 0;
  let high = fires.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((fires[middle] as number) <= epochMs) low = middle + 1;
    else high = middle;
  }
  return low;
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
