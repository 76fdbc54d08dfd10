/** Owns durations as people write them: `90`, `30s`, `15m`, `1h`, `7d`. */

const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** What a duration may look like, as the end of a sentence. */
export const DURATION_FORM = 'a duration such as 30s, 15m, 1h or 900 (seconds)';

/** Whole seconds of `text`, a number being seconds; undefined when it is no duration above zero. */
export function parseDuration(text: string | number): number | undefined {
  const match = /^(\d{1,9})([smhd]?)$/.exec(String(text).trim());
  if (match === null) return undefined;
  const unit = (match[2] === '' ? 's' : match[2]) as keyof typeof UNIT_SECONDS;
  const seconds = Number(match[1]) * UNIT_SECONDS[unit];
  return seconds > 0 ? seconds : undefined;
}

/** The shortest exact way to write `seconds`: `15m`, `24h`, `90s`. */
export function durationText(seconds: number): string {
  if (seconds % 3600 === 0 && seconds > 0) return `${seconds / 3600}h`;
  if (seconds % 60 === 0 && seconds > 0) return `${seconds / 60}m`;
  return `${seconds}s`;
}
