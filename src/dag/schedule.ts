/** Owns when a DAG runs, as its author says it. */
import type { Asset, AssetCondition } from './assets.js';
import type { Duration } from './duration.js';

/** When runs start, as plain JSON. */
export type Schedule =
  | { readonly kind: 'manual' }
  | { readonly kind: 'cron'; readonly expression: string; readonly timezone: string }
  | { readonly kind: 'every'; readonly every: Duration; readonly anchor: string }
  | { readonly kind: 'assets'; readonly when: AssetCondition };

/** Runs only when someone asks. */
export function manual(): Schedule {
  return { kind: 'manual' };
}

/**
 * Runs by a cron expression of five fields, or `@hourly`, `@daily`, `@weekly`, `@monthly`,
 * `@yearly`, in an IANA time zone (UTC unless said). Each run is about the interval that ends when
 * it starts. Day of month and day of week are joined by OR when both are restricted, as in cron.
 */
export function cron(expression: string, options: { readonly timezone?: string } = {}): Schedule {
  return { kind: 'cron', expression, timezone: options.timezone ?? 'UTC' };
}

/** Runs at the end of each interval of a fixed length, counted from `anchor` (1970 unless said). */
export function every(length: Duration, options: { readonly anchor?: string } = {}): Schedule {
  return { kind: 'every', every: length, anchor: options.anchor ?? '1970-01-01T00:00:00Z' };
}

/** Runs when assets have been updated. */
export function assets(when: Asset | AssetCondition): Schedule {
  return { kind: 'assets', when };
}
