/** Owns how numbers and times are written for people. */
import { millisOf, type Instant } from '../core/instant.js';

/** `1,234,567`. */
export function countText(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 row`, `2 rows`. */
export function plural(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `512 B`, `12.3 kB`, `4.0 MB`; powers of ten, as AWS bills. */
export function bytesText(sizeBytes: number): string {
  if (sizeBytes < 1000) return `${sizeBytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let scaled = sizeBytes / 1000;
  let index = 0;
  // From 999.95 on one decimal would round up to 1000.0.
  while (scaled >= 999.95 && index < units.length - 1) {
    scaled /= 1000;
    index += 1;
  }
  return `${scaled.toFixed(1)} ${units[index] ?? ''}`;
}

/** A length of time to its two leading units: `850 ms`, `42 s`, `3 min 5 s`, `2 h 10 min`, `4 d 1 h`. */
export function timeText(lengthMs: number): string {
  if (lengthMs < 1000) return `${Math.max(0, Math.round(lengthMs))} ms`;
  const seconds = Math.floor(lengthMs / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** `3 min 5 s behind` what is now; `none yet` without a watermark. */
export function freshnessText(watermark: Instant | undefined, nowMs: number): string {
  return watermark === undefined ? 'none yet' : `${timeText(nowMs - millisOf(watermark))} behind`;
}
