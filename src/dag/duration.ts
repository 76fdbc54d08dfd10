/** Owns durations as authors write them: a number and its unit, `'90s'`, `'5m'`, `'1.5h'`. */

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** A length of time: `'250ms'`, `'90s'`, `'5m'`, `'2h'`, `'7d'`. */
export type Duration = `${number}${keyof typeof UNIT_MS}`;

/** The duration in whole milliseconds; undefined when `text` is none. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]);
}

/** The shortest text for `ms` milliseconds: `300000` is `5m`. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms !== 0 && ms % UNIT_MS[unit] === 0) return `${ms / UNIT_MS[unit]}${unit}`;
  }
  return `${ms}ms`;
}
