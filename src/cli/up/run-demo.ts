/** Owns what runs on the local stack: demo data, a worker, the sync of the demo table, and its show. */
import { syncInputOf } from '../../config/sync-input-of.js';
import { loadConfig } from '../../config/load-config.js';
import { DEFAULT_TASK_QUEUE, type TableSyncInput } from '../../sync/table-sync-input.js';
import { connectionSettings, openTemporal, type TemporalAccess } from '../../temporal/connect.js';
import { seeTableSync } from '../../temporal/table-syncs.js';
import { startTableSync } from '../../temporal/start-table-sync.js';
import { ensureDemoTable } from '../../local/demo-data/demo-table.js';
import { writeDemoData } from '../../local/demo-data/write-demo-data.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { openAws, type AwsAccess } from '../aws-access.js';
import type { Output } from '../output.js';
import { workflowLink } from '../web-link.js';
import { closingReport } from './closing-report.js';
import { followSync } from './follow-sync.js';
import { createShow } from './show.js';
import { DEMO_TABLE } from './stack-environment.js';
import type { Stack } from './stack.js';
import { keepWorker, type WorkerChild } from './worker-child.js';

const DEMO_SEED = 1;

/** What to run. */
export interface DemoOptions {
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Ends after so many windows, with the closing report. */
  readonly windows: number | undefined;
  /** Writes a second; undefined for none. */
  readonly rate: number | undefined;
  readonly isWorkerWanted: boolean;
}

/** False when table and lake were compared and differ, or the windows asked for will not come. Stops all it started. */
export async function runDemo(stack: Stack, options: DemoOptions): Promise<boolean> {
  const sinceMs = Date.now();
  const { config } = await loadConfig({ directory: '.', environment: process.env });
  const aws = await openAws(config);
  const temporal = await openTemporal(connectionSettings());
  try {
    await ensureDemoTable(aws.dynamodb, DEMO_TABLE);
    const input = syncInputOf(config, DEMO_TABLE, aws);
    return await runParts(stack, { ...options, aws, temporal, input, sinceMs });
  } finally {
    await temporal.close();
    aws.close();
  }
}

interface Parts extends DemoOptions {
  readonly aws: AwsAccess;
  readonly temporal: TemporalAccess;
  readonly input: TableSyncInput;
  readonly sinceMs: number;
}

async function runParts(stack: Stack, parts: Parts): Promise<boolean> {
  const { output, aws, temporal, input, windows } = parts;
  const ending = new AbortController();
  const signal = AbortSignal.any([parts.signal, ending.signal]);
  const show = createShow(output, windows);
  const worker = parts.isWorkerWanted ? startWorker(stack, parts, show.note) : undefined;
  const writing = writeItems(parts, signal, show.onWrite);
  const mishap = firstMishap(stack, writing, signal);
  // It may come before anybody waits for it.
  mishap.catch(() => undefined);
  try {
    const { workflowId, outcome } = await startTableSync(
      temporal.client,
      input,
      DEFAULT_TASK_QUEUE,
    );
    const link = workflowLink(stack.addresses.webUrl, temporal.namespace, workflowId);
    show.note(`${outcome === 'started' ? 'started' : 'going on with'} ${workflowId}: ${link}`);
    const standstill = await Promise.race([
      followSync(() => seeTableSync(temporal, input.region, input.tableName), {
        sinceMs: parts.sinceMs,
        windows,
        signal,
        watcher: show.watcher(() => worker?.pid),
      }),
      mishap,
    ]);
    if (parts.signal.aborted || windows === undefined) return true;
    show.end();
    if (standstill !== undefined) {
      output.note(standstill);
      output.json({ event: 'standstill', tableName: input.tableName, message: standstill });
      return false;
    }
    await worker?.stop();
    output.note('comparing table and lake at the watermark, by a new full export…');
    return await Promise.race([closingReport(aws, input, { output, signal }), mishap]);
  } finally {
    show.end();
    ending.abort();
    await worker?.stop();
    await writing.catch(() => undefined);
  }
}

function startWorker(stack: Stack, { signal }: Parts, note: (line: string) => void): WorkerChild {
  return keepWorker(stack.directory, ({ code, signal: by }, lastLines, delayMs) => {
    if (signal.aborted) return;
    note(`worker ended with ${by ?? `code ${String(code)}`}; a new one starts in ${delayMs} ms`);
    // A worker that was killed has nothing to say; one that ended by itself says why.
    if (by === null && lastLines !== '') note(lastLines);
  });
}

async function writeItems(
  { aws, rate }: Parts,
  signal: AbortSignal,
  onWrite: () => void,
): Promise<void> {
  if (rate === undefined) return;
  const client = aws.dynamodb;
  await writeDemoData({
    client,
    table: DEMO_TABLE,
    ratePerSecond: rate,
    seed: DEMO_SEED,
    signal,
    onWrite,
  });
}

/** Rejects when a part without which nothing goes on ends while it is still needed. */
async function firstMishap(
  stack: Stack,
  writing: Promise<void>,
  signal: AbortSignal,
): Promise<never> {
  await Promise.race([stack.temporalExited, writing.then(() => new Promise(() => undefined))]);
  if (signal.aborted) return new Promise(() => undefined);
  throw new TidemarkError('The Temporal server ended by itself.', {
    code: ErrorCode.Unreachable,
    subject: stack.addresses.temporalAddress,
    hint: `Its last words are in ${stack.temporalLog}.`,
  });
}
