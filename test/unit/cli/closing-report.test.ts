/** Owns the check that the closing report reads rows and watermark of one lake state. */
import { expect, test } from '@jest/globals';
import { steadyReading } from '../../../src/cli/up/closing-report.js';
import { ErrorCode } from '../../../src/core/errors.js';
import type { Instant } from '../../../src/core/instant.js';

const instant = (minute: number): Instant =>
  `2026-11-24T08:${String(minute).padStart(2, '0')}:00Z` as Instant;

/** A lake that another moves on during each of the first `moves` readings. */
function movingLake(moves: number): {
  closed: number[];
  source: Parameters<
    typeof steadyReading<
      { of: Instant; close(): Promise<void> },
      { watermark: Instant; epoch: number }
    >
  >[0];
} {
  let opened = 0;
  let minute = 0;
  const closed: number[] = [];
  const open = (): Promise<{ of: Instant; close(): Promise<void> }> => {
    opened += 1;
    const number = opened;
    if (opened <= moves) minute += 1;
    const close = (): Promise<void> => Promise.resolve(void closed.push(number));
    return Promise.resolve({ of: instant(minute), close });
  };
  const readState = (): Promise<{ watermark: Instant; epoch: number }> =>
    Promise.resolve({ watermark: instant(minute), epoch: 1 });
  return { closed, source: { tableName: 'orders', open, readState } };
}

test.each([0, 1, 2])('a lake that moves %d times is read until it stood still', async (moves) => {
  const { source, closed } = movingLake(moves);
  const { state, reading } = await steadyReading(source);
  expect(state.watermark).toBe(instant(moves));
  expect(reading.of).toBe(state.watermark);
  expect(closed).toHaveLength(moves);
});

test('a lake that never stands still is told, not compared', async () => {
  const { source, closed } = movingLake(3);
  await expect(steadyReading(source)).rejects.toMatchObject({
    code: ErrorCode.NotYet,
    subject: 'orders',
  });
  expect(closed).toEqual([1, 2, 3]);
});

test('a table that is not in the lake is NotFound', async () => {
  const { source } = movingLake(0);
  const readState = (): Promise<undefined> => Promise.resolve(undefined);
  await expect(steadyReading({ ...source, readState })).rejects.toMatchObject({
    code: ErrorCode.NotFound,
  });
});
