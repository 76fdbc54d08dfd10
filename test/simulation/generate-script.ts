/** Owns the scripts of simulations: a pure function of the seed. */
import { randomOf } from '../support/modelled-table.js';
import {
  DAMAGES,
  FAILURE_CODES,
  LATE_ACTIVITIES,
  type Lasting,
  type ScriptDeed,
  type ScriptEvent,
  type SimulationScript,
  type SimulationSettings,
} from './simulation-script.js';

type Random = (below: number) => number;

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SECOND_MICROS = 1_000_000;
/** Windows that a script spans, besides what long absences add. */
const WINDOWS = 5;
const EPISODES = 6;

/** The same seed gives the same script, on every machine. */
export function generateScript(seed: number): SimulationScript {
  const random = randomOf(seed);
  const settings = { ...drawSettings(random), ...settingsOf(seed) };
  const { windowSeconds } = settings;
  const span = WINDOWS * windowSeconds;
  const episodes = Array.from({ length: EPISODES }, () => random(span));
  const events: ScriptEvent[] = [];
  let away = 0;
  // One after the other in time, so that an absence moves what comes after it.
  for (const begin of episodes.sort((left, right) => left - right)) {
    const episode = drawEpisode(random, windowSeconds);
    events.push(...episode.map(({ after, deed }) => ({ ...deed, at: begin + away + after })));
    if (random(12) === 0) {
      const seconds = random(3) === 0 ? 36 * DAY : 2 * HOUR + random(2 * DAY);
      delaySignals(events, begin + away, seconds);
      events.push({ kind: 'signal', signal: 'pause', at: begin + away });
      events.push({ kind: 'signal', signal: 'resume', at: begin + away + seconds });
      away += seconds;
    }
  }
  const ordered = events
    .map((event, index) => ({ event, index }))
    .sort((left, right) => left.event.at - right.event.at || left.index - right.index)
    .map(({ event }) => event);
  const seconds = Math.max(span + away, (ordered.at(-1)?.at ?? 0) + MINUTE);
  return {
    seed,
    settings,
    writes: drawWrites(random, settings, seconds),
    events: ordered,
    seconds,
  };
}

/** Dealt out in turn, so that each kind has its seeds, and workers of both kinds meet each. */
function settingsOf(seed: number): BySeed {
  return {
    replaysAlways: seed % 2 === 0,
    // Windows whose exports overlap are for Iceberg alone; others are refused before a sync starts.
    ...([3, 4].includes(seed % 12)
      ? { freshnessSeconds: 10 * MINUTE, lakeFormat: 'iceberg' as const }
      : {}),
    ...([7, 8].includes(seed % 12) ? { adaptive: true } : {}),
  };
}

type BySeed = Pick<SimulationSettings, 'replaysAlways' | 'freshnessSeconds' | 'adaptive'> &
  Partial<Pick<SimulationSettings, 'lakeFormat'>>;

function drawSettings(
  random: Random,
): Omit<SimulationSettings, Exclude<keyof BySeed, 'lakeFormat'>> {
  return {
    windowSeconds: pick(random, [900, 1800, 3600]),
    view: pick(random, ['NEW_IMAGE', 'NEW_AND_OLD_IMAGES']),
    lakeFormat: random(5) === 0 ? 'parquet' : 'iceberg',
    batchBytes: random(4) === 0 ? 1500 : 64 * 1024 * 1024,
    serviceSkewSeconds: pick(random, [0, 0, -60, 60]),
    pitr: random(2) === 0,
  };
}

interface Step {
  /** Seconds from the episode's beginning. */
  readonly after: number;
  readonly deed: ScriptDeed;
}

/** Something that happens, and what it takes to be over. */
type Episode = (random: Random, windowSeconds: number) => readonly Step[];

const at = (after: number, deed: ScriptDeed): Step => ({ after, deed });
const once =
  (draw: (random: Random) => ScriptDeed): Episode =>
  (random) => [at(0, draw(random))];
const resume: ScriptDeed = { kind: 'signal', signal: 'resume' };

/** Begins, is mended after a while, and a person says so; sometimes before it is true, too. */
const lasting =
  (trouble: Lasting): Episode =>
  (random, windowSeconds) => {
    const over = MINUTE + random(windowSeconds);
    return [
      at(0, { kind: trouble }),
      ...(random(3) === 0 ? [at(over >> 1, resume)] : []),
      at(over, { kind: 'mended', trouble }),
      at(over + random(10 * MINUTE), resume),
    ];
  };

const signals = ['pause', 'resume', 'resync'] as const;

const EPISODE_KINDS: readonly Episode[] = [
  (random, windowSeconds) => [
    at(0, { kind: 'signal', signal: 'pause' }),
    at(MINUTE + random(2 * windowSeconds), resume),
  ],
  once(() => ({ kind: 'signal', signal: 'resync' })),
  (random) => [
    at(0, {
      kind: 'storm',
      signals: Array.from({ length: 10 + random(30) }, () => pick(random, signals)),
    }),
    at(MINUTE + random(20 * MINUTE), resume),
  ],
  (random, windowSeconds) => [
    at(0, { kind: 'stop-and-start', awaySeconds: random(2) * random(2 * windowSeconds) }),
  ],
  once((random) => ({
    kind: 'kill',
    atCall: 1 + random(25),
    downSeconds: random(3) === 0 ? random(5 * HOUR) : 0,
    returns: random(2) === 0,
  })),
  once((random) => ({ kind: 'duplicates', activities: 1 + random(12) })),
  (random, windowSeconds) => [
    at(0, { kind: 'late', activity: pick(random, LATE_ACTIVITIES), atCall: 1 + random(8) }),
    at(windowSeconds + random(windowSeconds), { kind: 'late-return' }),
  ],
  once((random) => ({ kind: 'throttled', calls: 1 + random(10) })),
  once((random) => ({ kind: 'limit-exceeded', calls: 1 + random(6) })),
  once((random) => ({ kind: 'lost-answers', calls: 1 + random(6) })),
  (random, windowSeconds) => [
    at(0, { kind: 'damage', part: pick(random, DAMAGES) }),
    at(windowSeconds + 30 * MINUTE, resume),
  ],
  once(() => ({ kind: 'foreign-files' })),
  once(() => ({ kind: 'foreign-export' })),
  once(() => ({ kind: 'pitr-off-and-on' })),
  (random, windowSeconds) => [
    at(0, { kind: 'worker-clock', skewSeconds: pick(random, [-60, 60]) }),
    at(random(2 * windowSeconds), { kind: 'worker-clock', skewSeconds: 0 }),
  ],
  (random, windowSeconds) => {
    const over = windowSeconds + random(windowSeconds);
    return [
      at(0, { kind: 'export-fails', code: pick(random, FAILURE_CODES) }),
      at(over, { kind: 'mended', trouble: 'export-fails' }),
      at(over + random(10 * MINUTE), resume),
    ];
  },
  lasting('s3-faults'),
  lasting('bucket-missing'),
  lasting('bucket-denied'),
  lasting('pitr-off'),
  lasting('table-deleted'),
];

const SIGNALLING: readonly ScriptDeed['kind'][] = ['signal', 'storm', 'stop-and-start'];

/** An absence is one: who is away sends no signals that would end it. */
function delaySignals(events: ScriptEvent[], from: number, seconds: number): void {
  for (const [index, event] of events.entries()) {
    if (event.at <= from || !SIGNALLING.includes(event.kind)) continue;
    events[index] = { ...event, at: event.at + seconds };
  }
}

function drawEpisode(random: Random, windowSeconds: number): readonly Step[] {
  return pick(random, EPISODE_KINDS)(random, windowSeconds);
}

/** Some at any time, some at the very microseconds where one window ends and the next begins. */
function drawWrites(
  random: Random,
  { windowSeconds, serviceSkewSeconds }: SimulationSettings,
  seconds: number,
): number[] {
  const end = seconds * SECOND_MICROS;
  const step = windowSeconds * SECOND_MICROS;
  // A table that nobody syncs for weeks need not be written to all the time.
  const boundaries = Math.ceil(end / step);
  const stride = Math.ceil(boundaries / (3 * WINDOWS));
  const writes = new Set<number>();
  for (let window = 0; window <= boundaries; window += 1) {
    if (window % stride !== 0) continue;
    const begin = window * step;
    if (random(2) === 0) writes.add(begin - 1);
    if (random(2) === 0) writes.add(begin);
    if (random(3) === 0) writes.add(begin + 1);
    for (let left = random(6); left > 0; left -= 1) writes.add(begin + random(step));
  }
  const first = Math.max(0, serviceSkewSeconds) * SECOND_MICROS;
  return [...writes].filter((micros) => micros >= first).sort((left, right) => left - right);
}

function pick<T>(random: Random, from: readonly T[]): T {
  const chosen = from[random(from.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}
