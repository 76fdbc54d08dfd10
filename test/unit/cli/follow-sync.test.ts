/** Owns the check of when `up --windows` stops waiting for windows. */
import { describe, expect, test } from '@jest/globals';
import { followSync } from '../../../src/cli/up/follow-sync.js';
import type { Instant } from '../../../src/core/instant.js';
import { initialState, type CommittedLoad } from '../../../src/sync/table-sync-state.js';
import type { TableSyncStatus } from '../../../src/sync/table-sync-status.js';
import type { SeenSync } from '../../../src/temporal/table-syncs.js';

const at = (time: string): Instant => `2026-11-24T${time}Z` as Instant;

const load: CommittedLoad = {
  kind: 'incremental',
  from: at('08:00:00'),
  to: at('08:15:00'),
  rows: 1,
  tombstones: 0,
  sizeBytes: 1,
  billedSizeBytes: 1,
  committedAt: at('08:20:00'),
};

function seen(status: Partial<TableSyncStatus>, execution: SeenSync['execution']): SeenSync {
  return {
    workflowId: 'tidemark/eu-west-1/orders',
    runId: 'run',
    region: 'eu-west-1',
    tableName: 'orders',
    taskQueue: 'tidemark',
    execution,
    startedAt: at('07:00:00'),
    pending: [],
    status: {
      ...initialState(),
      region: 'eu-west-1',
      tableName: 'orders',
      windowSeconds: 900,
      exportBucket: 'my-lake',
      lakeBucket: 'my-lake',
      lakePrefix: 'lake',
      ...status,
    },
  };
}

/** Looks at `looks` one after the other; a look more than there are ends the watch by itself. */
async function follow(
  looks: SeenSync[],
  windows: number | undefined,
): Promise<{ why: string | undefined; commits: number; isUsedUp: boolean }> {
  const ending = new AbortController();
  let [last] = looks;
  let [commits, left] = [0, looks.length];
  const look = (): Promise<SeenSync> => {
    last = looks[looks.length - left] ?? last;
    left -= 1;
    if (left < 0) ending.abort();
    return Promise.resolve(last!);
  };
  const onCommit = (): void => {
    commits += 1;
  };
  const why = await followSync(look, {
    sinceMs: Date.parse(at('08:00:00')),
    windows,
    signal: ending.signal,
    watcher: { onLook: () => undefined, onCommit },
  });
  return { why, commits, isUsedUp: left < 0 };
}

const parked = { code: 'BucketNotFound', message: 'No bucket.', since: at('08:00:00') };

describe('followSync', () => {
  test.each([
    ['ended', seen({}, 'COMPLETED'), /has ended \(completed\)/],
    ['was terminated', seen({}, 'TERMINATED'), /has ended \(terminated\)/],
    ['is parked', seen({ phase: 'parked', parked }, 'RUNNING'), /parked \(BucketNotFound: No b/],
    ['is paused', seen({ phase: 'paused' }, 'RUNNING'), /is paused: `tidemark resume orders`/],
  ])('says why no window comes when the sync %s', async (_what, sync, sentence) => {
    const { why, isUsedUp } = await follow([seen({}, 'RUNNING'), sync], 2);
    expect(why).toMatch(sentence);
    expect(isUsedUp).toBe(false);
  });

  test('goes on without a number of windows', async () => {
    const { why, isUsedUp } = await follow([seen({ phase: 'paused' }, 'RUNNING')], undefined);
    expect({ why, isUsedUp }).toEqual({ why: undefined, isUsedUp: true });
  });

  test('the last commit before the end counts', async () => {
    const result = await follow([seen({ recentLoads: [load] }, 'COMPLETED')], 1);
    expect(result).toEqual({ why: undefined, commits: 1, isUsedUp: false });
  });
});
