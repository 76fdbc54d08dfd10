/** Owns how much of a table changes, as far as a plan knows: told, measured, or guessed. */
import { InvalidArgumentError } from 'commander';
import { secondsBetween } from '../../core/instant.js';
import { changeRate } from '../../cost/window-price.js';
import { windowsSinceBase } from '../../sync/window-width.js';
import type { TableSyncStatus } from '../../sync/table-sync-status.js';
import { bytesText } from '../format.js';
import type { TableSize } from '../table-size.js';

const UNIT_BYTES = { kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const;
const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, day: 86_400 } as const;

/** What a rate of change looks like, as the end of a sentence. */
export const RATE_FORM = 'an amount of data by time, such as 5MB/h or 2GB/day';

/** Bytes a second, and where they are known from. */
export interface ChangeRate {
  readonly bytesPerSecond: number;
  readonly source: 'told' | 'measured' | 'guessed';
  /** One sentence on it. */
  readonly about: string;
}

/** Reads a rate as bytes a second. */
export function changeRateArgument(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s?(kB|MB|GB|TB)\/(s|m|h|day|d)$/i.exec(text.trim());
  const [, amount, unit = '', time = ''] = match ?? [];
  const bytes = Object.entries(UNIT_BYTES).find(
    ([name]) => name.toLowerCase() === unit.toLowerCase(),
  )?.[1];
  const seconds = UNIT_SECONDS[time.toLowerCase() as keyof typeof UNIT_SECONDS];
  if (match === null || bytes === undefined) {
    throw new InvalidArgumentError(`It must be ${RATE_FORM}`);
  }
  return (Number(amount) * bytes) / seconds;
}

/** Of a table nothing is known of, a hundredth is taken to change in a day. */
const GUESSED_SHARE_PER_DAY = 0.01;

/** The best there is: what the user says, else what the sync's last windows held, else a guess. */
export function changeRateOf(
  told: number | undefined,
  status: TableSyncStatus | undefined,
  size: TableSize,
): ChangeRate {
  if (told !== undefined) {
    return { bytesPerSecond: told, source: 'told', about: `${perDay(told)}, as you say` };
  }
  const windows = windowsSinceBase(status?.recentLoads ?? []);
  if (windows.length > 0) {
    const seconds = windows.reduce((sum, { widthSeconds }) => sum + widthSeconds, 0);
    const changes = windows.reduce((sum, window) => sum + window.changes, 0);
    const itemBytes = size.items === 0 ? 0 : size.sizeBytes / size.items;
    const measured = Math.max(changeRate(windows), (changes * itemBytes) / seconds);
    return {
      bytesPerSecond: measured,
      source: 'measured',
      about: `${perDay(measured)}, as the last ${windows.length === 1 ? 'window' : `${windows.length} windows`} held`,
    };
  }
  const guess = (size.sizeBytes * GUESSED_SHARE_PER_DAY) / 86_400;
  return {
    bytesPerSecond: guess,
    source: 'guessed',
    about: `${perDay(guess)}, a guess: 1% of the table. Say better with --change-rate 5MB/h`,
  };
}

/** Seconds from a window's end to its commit, of the windows that were followed in time. */
export function measuredLag(status: TableSyncStatus | undefined): number | undefined {
  const lags = (status?.recentLoads ?? [])
    .filter(({ kind }) => kind === 'incremental')
    .map(({ to, committedAt }) => secondsBetween(to, committedAt))
    .sort((a, b) => a - b);
  return lags[Math.floor(lags.length / 2)];
}

function perDay(bytesPerSecond: number): string {
  return `${bytesText(Math.round(bytesPerSecond * 86_400))} a day`;
}
