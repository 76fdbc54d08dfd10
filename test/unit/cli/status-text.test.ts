/** Owns the check of how a sync's status reads, with a worker and without. */
import { describe, expect, test } from '@jest/globals';
import { Output } from '../../../src/cli/output.js';
import {
  commitText,
  nextText,
  stateStyle,
  stateText,
  statusLines,
} from '../../../src/cli/status-text.js';
import { NewCommits } from '../../../src/cli/up/follow-sync.js';
import { workflowLink, webBase } from '../../../src/cli/web-link.js';
import type { Instant } from '../../../src/core/instant.js';
import { initialState, type CommittedLoad } from '../../../src/sync/table-sync-state.js';
import type { TableSyncStatus } from '../../../src/sync/table-sync-status.js';
import type { SeenSync } from '../../../src/temporal/table-syncs.js';
import { TextSink } from '../../support/text-sink.js';

const at = (time: string): Instant => `2026-11-24T${time}Z` as Instant;
const nowMs = Date.parse(at('08:21:00'));

const load: CommittedLoad = {
  kind: 'incremental',
  from: at('08:00:00'),
  to: at('08:15:00'),
  rows: 1200,
  tombstones: 1,
  sizeBytes: 45_600,
  billedSizeBytes: 10_000_000,
  committedAt: at('08:20:30'),
};

function seen(status: Partial<TableSyncStatus> = {}, sync: Partial<SeenSync> = {}): SeenSync {
  return {
    workflowId: 'tidemark/eu-west-1/orders',
    runId: 'run',
    region: 'eu-west-1',
    tableName: 'orders',
    taskQueue: 'tidemark',
    execution: 'RUNNING',
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
    ...sync,
  };
}

function silent(sync: Partial<SeenSync>): SeenSync {
  const { status: _none, ...rest } = seen();
  return { ...rest, ...sync };
}

describe('stateText', () => {
  test.each<[string, SeenSync]>([
    ['following', seen({ phase: 'following' })],
    ['exporting, pausing', seen({ phase: 'exporting', pauseRequested: true })],
    ['paused', seen({ phase: 'paused', pauseRequested: true })],
    ['parked', seen({ phase: 'parked', pauseRequested: true })],
    ['no worker answers', silent({ silence: 'No worker answered.' })],
    ['stopped', seen({ phase: 'stopped' }, { execution: 'COMPLETED' })],
    ['timed out', silent({ execution: 'TIMED_OUT' })],
  ])('%s', (text, sync) => {
    expect(stateText(sync)).toBe(text);
  });

  test('what needs a person is red', () => {
    expect(['parked', 'no worker answers', 'following'].map(stateStyle)).toEqual([
      'red',
      'yellow',
      'green',
    ]);
  });
});

test('a commit in a line', () => {
  expect(commitText(load)).toBe(
    '08:00–08:15: 1,200 rows, 1 delete, 45.6 kB, 5 min 30 s after its end',
  );
});

test('what comes next, and in how long', () => {
  expect(nextText(seen({ nextEvent: { what: 'next export', at: at('08:30:00') } }), nowMs)).toBe(
    'next export at 08:30 (in 9 min)',
  );
  expect(nextText(seen({ nextEvent: { what: 'next export', at: at('08:15:00') } }), nowMs)).toBe(
    'next export at 08:15',
  );
  expect(nextText(silent({}), nowMs)).toBeUndefined();
});

describe('statusLines', () => {
  const output = new Output(
    { json: false, verbose: false },
    { answers: new TextSink(), notes: new TextSink() },
  );
  const linesOf = (sync: SeenSync): string =>
    statusLines(sync, { output, nowMs, link: 'http://web/page' }).join('\n');

  test('a sync that follows', () => {
    const text = linesOf(
      seen({ phase: 'following', watermark: at('08:15:00'), recentLoads: [load] }),
    );
    expect(text).toMatch(/freshness +6 min behind/);
    expect(text).toMatch(/page +http:\/\/web\/page/);
    expect(text).toMatch(/08:00–08:15 +1,200 +1 +45\.6 kB +2026-11-24T08:20:30Z/);
  });

  test('a parked one says why, and what to do', () => {
    const parked = {
      code: 'BucketNotFound',
      message: 'The bucket my-lake does not exist.',
      hint: 'Create it.',
      since: at('08:00:00'),
    };
    const text = linesOf(seen({ phase: 'parked', parked }));
    expect(text).toContain('BucketNotFound: The bucket my-lake does not exist.');
    expect(text).toContain('Create it. Then `tidemark resume orders`.');
  });

  test('without a worker there is what Temporal knows', () => {
    const text = linesOf(
      silent({
        silence: 'No worker answered.',
        pending: [
          { activity: 'writeBatch', attempt: 7, state: 'retrying', lastFailure: 'disk full' },
          { activity: 'awaitExport', attempt: 3, state: 'waiting', lastFailure: 'in progress' },
        ],
      }),
    );
    expect(text).toContain('No worker answered.');
    expect(text).toContain('retrying  writeBatch, attempt 7: disk full');
    // Waiting for an export is no trouble, so its message is not shown as one.
    expect(text).not.toContain('in progress');
    expect(text).not.toContain('watermark');
  });
});

describe('NewCommits', () => {
  const second: CommittedLoad = {
    ...load,
    from: load.to,
    to: at('08:30:00'),
    committedAt: at('08:36:00'),
  };

  test('each commit once, oldest first', () => {
    const commits = new NewCommits(Date.parse(at('08:00:00')));
    expect(commits.take([load])).toEqual([load]);
    expect(commits.take([load])).toEqual([]);
    expect(commits.take([second, load])).toEqual([second]);
  });

  test('those of an earlier run are not of this one', () => {
    const commits = new NewCommits(Date.parse(at('08:30:00')));
    expect(commits.take([second, load])).toEqual([second]);
  });
});

test('the page of a workflow', () => {
  expect(workflowLink('http://web', 'default', 'tidemark/eu-west-1/orders')).toBe(
    'http://web/namespaces/default/workflows/tidemark%2Feu-west-1%2Forders',
  );
  expect(webBase({ webUrl: 'https://web.internal/' }, 'a:7233')).toBe('https://web.internal');
  expect(webBase(undefined, '127.0.0.1:7233')).toBe('http://localhost:8233');
  expect(webBase(undefined, 'temporal.internal:7233')).toBeUndefined();
});
