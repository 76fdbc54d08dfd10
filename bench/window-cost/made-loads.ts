/** Owns the loads of a made table: a full export, then a window every 15 minutes. */
import { createHash } from 'node:crypto';
import { instantOfSeconds, type Instant } from '../../src/core/instant.js';
import type { Load } from '../../src/lake/load.js';
import { KEY_ATTRIBUTES } from './made-rows.js';

const START_SECONDS = 1_764_000_000;
const WINDOW_SECONDS = 900;
/** What an export takes, about. */
const COMMITTED_AFTER_SECONDS = 420;
const TABLE_ARN = 'arn:aws:dynamodb:eu-central-1:123456789012:table/orders';

/** Where window `number` ends; 0 is the full load. */
export function endOf(number: number): Instant {
  return instantOfSeconds(START_SECONDS + number * WINDOW_SECONDS);
}

/** In milliseconds since 1970. */
export function committedAtMs(number: number): number {
  return (START_SECONDS + number * WINDOW_SECONDS + COMMITTED_AFTER_SECONDS) * 1000;
}

/** What the rows of window `number` say of when they were written. */
export function writtenAtMicros(number: number): number {
  return (START_SECONDS + number * WINDOW_SECONDS - 1) * 1e6;
}

/** What is told of each has the lengths that DynamoDB gives it. */
export function loadOf(number: number, itemCount: number): Load {
  const digest = createHash('md5').update(String(number)).digest();
  const madeMs = String(committedAtMs(number)).padStart(14, '0');
  return {
    scope:
      number === 0
        ? { kind: 'full', exportTime: endOf(0) }
        : {
            kind: 'incremental',
            view: 'NEW_AND_OLD_IMAGES',
            window: { from: endOf(number - 1), to: endOf(number) },
          },
    tableId: '0b1f8c3e-5d1b-4a4e-9b0a-6f3f1d2c7a55',
    epoch: 1,
    exportArn: `${TABLE_ARN}/export/${madeMs}-${digest.toString('hex').slice(0, 8)}`,
    manifestMd5: digest.toString('base64'),
    itemCount,
    keyAttributes: KEY_ATTRIBUTES,
  };
}
