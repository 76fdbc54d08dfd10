/** Owns the check that a window's actions are counted as its recorded history has them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { exportActions, loadActions, TIMER_ACTIONS } from '../../../src/cost/load-usage.js';

interface Recorded {
  readonly eventType: string;
  readonly activityTaskScheduledEventAttributes?: { readonly activityType: { name: string } };
  readonly activityTaskStartedEventAttributes?: {
    readonly scheduledEventId: string;
    readonly attempt: number;
  };
  readonly eventId: string;
}

const file = fileURLToPath(
  new URL('../../replay/histories/table-sync-0.1.0.json', import.meta.url),
);
const { events } = JSON.parse(readFileSync(file, 'utf8')) as { events: Recorded[] };

const isOf = (type: string) => (event: Recorded) => event.eventType === `EVENT_TYPE_${type}`;
const nameOf = (event: Recorded): string | undefined =>
  event.activityTaskScheduledEventAttributes?.activityType.name;

/** Whole windows that were slept for, exported and loaded, with nothing else in between. */
function windows(): Recorded[][] {
  const starts = events.flatMap((event, index) => (isOf('TIMER_STARTED')(event) ? [index] : []));
  return starts
    .map((start, nth) => events.slice(start, starts[nth + 1]))
    .filter((span) => span.some((event) => nameOf(event) === 'commitLoad'))
    .filter((span) =>
      span.every((event) => !/^(enablePitr|readLake|awaitRest|profile)/.test(nameOf(event) ?? '')),
    )
    .map((span) => {
      const second = span.findIndex(
        (event, index) =>
          nameOf(event) === 'requestExport' &&
          span.slice(0, index).some((before) => nameOf(before) === 'requestExport'),
      );
      return second === -1 ? span : span.slice(0, second);
    });
}

/** As docs.temporal.io/cloud/actions bills: timers, signals, activities and each of their retries. */
function billed(span: readonly Recorded[]): number {
  const retries = span.map(
    ({ activityTaskStartedEventAttributes: started }) => (started?.attempt ?? 1) - 1,
  );
  return (
    span.filter(isOf('TIMER_STARTED')).length +
    span.filter(isOf('ACTIVITY_TASK_SCHEDULED')).length +
    retries.reduce((sum, count) => sum + count, 0)
  );
}

test('a window has the actions of its history, which are not its events', () => {
  const found = windows();
  expect(found.length).toBeGreaterThan(5);
  for (const span of found) {
    const waiting = span.find((event) => nameOf(event) === 'awaitExport');
    const looked = span.find(
      ({ activityTaskStartedEventAttributes: started }) =>
        started?.scheduledEventId === waiting?.eventId,
    );
    const looks = looked?.activityTaskStartedEventAttributes?.attempt ?? 0;
    const batches = span.filter((event) => nameOf(event) === 'writeBatch').length;
    expect(TIMER_ACTIONS + exportActions(looks) + loadActions(batches)).toBe(billed(span));
    expect(span.length).toBeGreaterThan(2 * billed(span));
  }
});
