/** Owns the check of where a plan's rate of change comes from, and how a plan and a cost read. */
import { describe, expect, test } from '@jest/globals';
import { costLines } from '../../../src/cli/cost-text.js';
import { Output } from '../../../src/cli/output.js';
import {
  changeRateArgument,
  changeRateOf,
  measuredLag,
} from '../../../src/cli/plan/change-rate.js';
import { planLines, type ToldPlan } from '../../../src/cli/plan/plan-text.js';
import { parseInstant } from '../../../src/core/instant.js';
import { AWS_LIMITS } from '../../../src/core/service-limits.js';
import { planTableCost } from '../../../src/cost/plan-table-cost.js';
import {
  committed,
  initialState,
  opened,
  type CommittedLoad,
} from '../../../src/sync/table-sync-state.js';
import { statusOf, type TableSyncStatus } from '../../../src/sync/table-sync-status.js';
import { TextSink } from '../../support/text-sink.js';

const at = (text: string) => parseInstant(`2026-11-24T${text}Z`)!;
const size = { sizeBytes: 864_000_000, items: 864_000 };
const load: CommittedLoad = {
  kind: 'incremental',
  from: at('08:00:00'),
  to: at('08:15:00'),
  rows: 900,
  tombstones: 0,
  sizeBytes: 50_000,
  billedSizeBytes: 10_000_000,
  committedAt: at('08:20:30'),
  usage: { writes: 20, reads: 30, actions: 16 },
};
const status = (settings: { budgetMicros?: number; adaptive?: boolean } = {}): TableSyncStatus =>
  statusOf(
    {
      region: 'eu-west-1',
      tableName: 'orders',
      exportBucket: 'b',
      exportPrefix: 'exports',
      lakeBucket: 'b',
      lakePrefix: 'lake',
      view: 'NEW_IMAGE',
      windowSeconds: 900,
      limits: AWS_LIMITS,
      pollSeconds: 30,
      batchBytes: 1,
      batchConcurrency: 1,
      ...settings,
    },
    committed(
      opened(
        initialState(),
        { tableName: 'orders', tableArn: 'arn', tableId: 'id', keyAttributes: ['pk'] },
        { watermark: at('08:00:00'), epoch: 1 },
      ),
      load,
      1,
    ),
  );
const output = new Output(
  { json: false, verbose: false },
  { answers: new TextSink(), notes: new TextSink() },
);

describe('the rate of change', () => {
  test.each([
    ['5MB/h', 5e6 / 3600],
    ['2 GB/day', 2e9 / 86_400],
    ['1.5gb/d', 1.5e9 / 86_400],
    ['10kB/s', 10_000],
  ])('%s is one', (text, rate) => {
    expect(changeRateArgument(text)).toBe(rate);
  });
  test.each(['5', '5MB', '5/h', 'MB/h', '5MB/week', '-1MB/h'])('%s is none', (text) => {
    expect(() => changeRateArgument(text)).toThrow(/such as 5MB\/h or 2GB\/day/);
  });
  test('is what the user says, else what the windows held, else a guess', () => {
    expect(changeRateOf(7, status(), size)).toMatchObject({ bytesPerSecond: 7, source: 'told' });
    expect(changeRateOf(undefined, status(), size)).toMatchObject({
      bytesPerSecond: 1000,
      source: 'measured',
    });
    expect(changeRateOf(undefined, undefined, size)).toMatchObject({
      bytesPerSecond: 100,
      source: 'guessed',
    });
  });
  test('how late commits are is measured by windows', () => {
    expect(measuredLag(status())).toBe(330);
    expect(measuredLag(undefined)).toBeUndefined();
  });
});

describe('a plan', () => {
  const plan: ToldPlan = {
    tableName: 'orders',
    region: 'eu-west-1',
    size,
    changeRate: changeRateOf(undefined, undefined, size),
    windowSeconds: 900,
    widestSeconds: 86_400,
    isRunning: false,
    timesFaster: 1,
    actionsAreBilled: false,
    ...planTableCost({
      narrowestSeconds: 900,
      widestSeconds: 86_400,
      pollSeconds: 30,
      tableBytes: size.sizeBytes,
      changeBytesPerSecond: 0,
    }),
  };
  test('tells widths from the narrowest to the widest, the one configured marked', () => {
    const text = planLines(plan, output).join('\n');
    expect(text).toMatch(/\n {2}15m ← +21 min +2,880 +28\.8 GB +\$2\.88 /);
    expect(text).toMatch(/\n {2}24h +1 d +30 +300\.0 MB +\$0\.03 /);
    expect(text).toContain('1% of the table');
    expect(text).not.toContain('budget');
    expect(text).not.toContain('times as short');
  });
  test('tells what a budget allows, or what the least is', () => {
    const telling = (budgetMicros: number) =>
      planLines({ ...plan, budgetMicros }, output).join('\n');
    expect(telling(1_000_000)).toContain('budget: $1.00/month allows windows of 1h.');
    expect(telling(10_000)).toMatch(/budget: \$0\.01\/month cannot be met .*the least is \$0\.04/);
  });
});

describe('a cost', () => {
  const costOf = (told: TableSyncStatus): string =>
    costLines(
      {
        workflowId: 'tidemark/eu-west-1/orders',
        runId: 'run',
        region: 'eu-west-1',
        tableName: 'orders',
        taskQueue: 'tidemark',
        execution: 'RUNNING',
        startedAt: at('07:00:00'),
        pending: [],
        status: told,
      },
      output,
    ).join('\n');

  test('is told by month, with what the month comes to', () => {
    expect(costOf(status())).toMatch(/2026-11 +1 +0 +0 +10\.0 MB +<\$0\.01 +50 /);
    expect(costOf(status())).toMatch(/<\$0\.01 in 2026-11, windows about \$0\.\d\d by its end\n/);
  });
  test('tells a budget that the widest windows go beyond', () => {
    expect(costOf(status({ budgetMicros: 5_000_000 }))).toContain('of a budget of $5.00/month');
    expect(costOf(status({ budgetMicros: 1_000 }))).toContain(
      'more than the budget of $0.01/month',
    );
  });
  test('before the first load there is none', () => {
    const { ledger: _none, outlook: _neither, ...early } = status();
    expect(costOf(early)).toContain('nothing yet');
  });
});
