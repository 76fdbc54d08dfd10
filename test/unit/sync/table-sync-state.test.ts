/** Owns the examples of the state's lawful changes and of what status shows of it. */
import { describe, expect, test } from '@jest/globals';
import { InvariantError } from '../../../src/core/assert.js';
import { parseInstant } from '../../../src/core/instant.js';
import { AWS_LIMITS } from '../../../src/core/service-limits.js';
import type { TableIdentity } from '../../../src/export/table-exports.js';
import {
  tableOfWorkflowId,
  workflowIdOf,
  type TableSyncInput,
} from '../../../src/sync/table-sync-input.js';
import {
  baseCalledFor,
  committed,
  initialState,
  opened,
  parked,
  RECENT_LOADS,
  windowLabel,
  type CommittedLoad,
} from '../../../src/sync/table-sync-state.js';
import { renderDetails } from '../../../src/sync/table-sync-status.js';

const at = (time: string) => parseInstant(`2026-11-24T${time}:00Z`)!;
const table: TableIdentity = {
  tableName: 'orders',
  tableArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/orders',
  tableId: 'id-1',
  keyAttributes: ['pk'],
};
const load = (from: string | undefined, to: string): CommittedLoad => ({
  kind: from === undefined ? 'full' : 'incremental',
  ...(from === undefined ? {} : { from: at(from) }),
  to: at(to),
  rows: 10,
  tombstones: 1,
  sizeBytes: 100,
  billedSizeBytes: 10_000_000,
  committedAt: at(to),
});
const input: TableSyncInput = {
  region: 'eu-west-1',
  tableName: 'orders',
  exportBucket: 'b',
  exportPrefix: 'exports',
  lakeBucket: 'b',
  lakePrefix: 'lake',
  view: 'NEW_AND_OLD_IMAGES',
  windowSeconds: 900,
  limits: AWS_LIMITS,
  pollSeconds: 30,
  batchBytes: 1,
  batchConcurrency: 1,
};

describe('committed', () => {
  const base = committed(opened(initialState(), table, undefined), load(undefined, '08:00'), 1);

  test('moves the watermark to the end of each load and sums up', () => {
    const state = committed(base, load('08:00', '08:15'), 1);
    expect(state.watermark).toBe('2026-11-24T08:15:00Z');
    expect(state.totals).toEqual({
      windows: 1,
      fullLoads: 1,
      rows: 20,
      billedSizeBytes: 20_000_000,
    });
  });
  test('refuses a window that does not continue the watermark', () => {
    expect(() => committed(base, load('08:15', '08:30'), 1)).toThrow(InvariantError);
  });
  test('a full load meets the need for one, a window does not', () => {
    const needing = baseCalledFor(base, 'gap');
    expect(committed(needing, load('08:00', '08:15'), 1).baseNeeded).toBe('gap');
    expect(committed(needing, load(undefined, '09:00'), 2)).not.toHaveProperty('baseNeeded');
  });
  test('remembers the newest commits only', () => {
    let state = base;
    for (let hour = 9; hour < 20; hour++) {
      const to = `${String(hour).padStart(2, '0')}:00`;
      state = committed(state, { ...load(undefined, to) }, 1);
    }
    expect(state.recentLoads).toHaveLength(RECENT_LOADS);
    expect(state.recentLoads[0]?.to).toBe('2026-11-24T19:00:00Z');
  });
});

test("the lake's record wins over the state's", () => {
  const state = opened(initialState(), table, { watermark: at('08:00'), epoch: 3 });
  expect(opened(state, table, { watermark: at('07:00'), epoch: 2 })).toMatchObject({
    watermark: '2026-11-24T07:00:00Z',
    epoch: 2,
  });
  expect(opened(state, table, undefined)).not.toHaveProperty('watermark');
});

test('labels name days only where they differ', () => {
  expect(windowLabel({ from: at('08:00'), to: at('08:15') })).toBe('08:00–08:15');
  expect(windowLabel({ from: at('23:45'), to: parseInstant('2026-11-25T00:00:30Z')! })).toBe(
    '2026-11-24 23:45 – 2026-11-25 00:00:30',
  );
});

test('workflow ids carry region and table, and nothing else is taken for one', () => {
  const id = workflowIdOf('eu-west-1', 'orders.v2');
  expect(id).toBe('tidemark/eu-west-1/orders.v2');
  expect(tableOfWorkflowId(id)).toEqual({ region: 'eu-west-1', tableName: 'orders.v2' });
  expect(tableOfWorkflowId('tidemark/eu-west-1')).toBeUndefined();
  expect(tableOfWorkflowId('other/eu-west-1/orders')).toBeUndefined();
});

test('the page in Temporal Web tells a parked state first, with the way out', () => {
  const state = parked(
    committed(opened(initialState(), table, undefined), load(undefined, '08:00'), 1),
    {
      code: 'BucketNotFound',
      message: 'Bucket b does not exist.',
      hint: 'Create it.',
      since: at('08:20'),
    },
  );
  expect(renderDetails(input, state).split('\n')).toEqual([
    '**Parked since 2026-11-24T08:20:00Z:** Bucket b does not exist. Create it. Then signal `resume`.',
    '',
    '| | |',
    '|---|---|',
    '| State | **parked**: BucketNotFound |',
    '| Watermark | 2026-11-24T08:00:00Z |',
    '| Now | — |',
    '| Next | — |',
    '| Windows | 0 |',
    '| Full loads | 1 |',
    '| Rows written | 10 |',
    '| Billed by export | 10.0 MB |',
    '| Cost this month | <$0.01 |',
    '| Lake | s3://b/lake |',
    '| Recovery reaches the watermark until, at most | 2026-12-29T08:00:00Z |',
    '',
    '| Last commits | Rows | Deletes | Committed |',
    '|---|---|---|---|',
    '| full at 08:00 | 10 | 1 | 2026-11-24T08:00:00Z |',
  ]);
});
