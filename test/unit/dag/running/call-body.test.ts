/** Owns examples of calling bodies: what they return or throw, and how it counts. */
import { expect, test } from '@jest/globals';
import { ErrorCode, TidemarkError } from '../../../../src/core/errors.js';
import { bodyControls, callBody, dag, type BodyResult } from '../../../../src/dag/index.js';

const { graph } = dag('d', {}, (d) => {
  d.task('task', () => Promise.resolve())();
  d.sensor('sensor', () => Promise.resolve(true))();
});
const [task, sensor] = graph.tasks;

const call = (node: typeof task, body: () => unknown): Promise<BodyResult> =>
  callBody(node!, () => Promise.resolve().then(body), {}, {} as never);

test.each([
  ['a value', () => ({ rows: 3 }), { kind: 'succeeded', value: { rows: 3 } }],
  ['nothing', () => undefined, { kind: 'succeeded', value: undefined }],
  ['false', () => false, { kind: 'succeeded', value: false }],
])('a task returns %s', async (_name, body, expected) => {
  expect(await call(task, body)).toEqual(expected);
});

test.each([
  [false, { kind: 'notYet' }],
  [null, { kind: 'notYet' }],
  [undefined, { kind: 'notYet' }],
  [0, { kind: 'succeeded', value: 0 }],
  ['', { kind: 'succeeded', value: '' }],
  [true, { kind: 'succeeded', value: true }],
])('a sensor returns %j', async (value, expected) => {
  expect(await call(sensor, () => value)).toEqual(expected);
});

const lasting = new TidemarkError('There is no bucket.', {
  code: ErrorCode.BucketNotFound,
  subject: 'b',
});
const passing = new TidemarkError('Slow down.', {
  code: ErrorCode.Throttled,
  subject: 'b',
  retryable: true,
});

test.each<[string, () => unknown, object]>([
  ['skips', () => bodyControls.skip('no data'), { kind: 'skipped', reason: 'no data' }],
  [
    'fails for good',
    () => bodyControls.fail('bad'),
    { retryable: false, error: { message: 'bad', type: 'FailTask' } },
  ],
  [
    'throws',
    () => {
      throw new RangeError('far');
    },
    { retryable: true, error: { message: 'far', type: 'RangeError' } },
  ],
  [
    'throws what lasts',
    () => {
      throw lasting;
    },
    { retryable: false, error: { type: 'BucketNotFound' } },
  ],
  [
    'throws what passes',
    () => {
      throw passing;
    },
    { retryable: true, error: { type: 'Throttled' } },
  ],
])('a body %s', async (_name, body, expected) => {
  expect(await call(task, body)).toMatchObject(expected);
});
