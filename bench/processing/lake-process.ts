/** Owns the process that loads exports by our code as it is built, and answers lines of JSON. */
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { builtParts } from './built-parts.js';
import { KEY_ATTRIBUTES, TABLE_ID, type MadeExport } from './make-exports.js';
import { measureStages } from './stages.js';

/** What it can be asked. */
export interface LakeRequests {
  load: {
    readonly request: { readonly lake: string; readonly made: MadeExport };
    readonly result: { readonly seconds: number; readonly rows: number };
  };
  stages: {
    readonly request: { readonly made: MadeExport };
    readonly result: Awaited<ReturnType<typeof measureStages>>;
  };
}

const BATCH_BYTES = 512 * 1024 * 1024;

const { openLake, openExport, loadExport, createFileObjectStore } = await builtParts();

async function load({
  lake,
  made,
}: LakeRequests['load']['request']): Promise<LakeRequests['load']['result']> {
  const start = performance.now();
  const table = openLake({
    store: createFileObjectStore({ directory: lake }),
    lakePrefix: 'lake/',
    format: 'iceberg',
    cacheDirectory: `${lake}-cache`,
  }).table('orders');
  const { scope, exportArn, manifestKey, folder } = made;
  const store = createFileObjectStore({ directory: folder });
  const opened = await openExport(
    { store, manifestKey },
    {
      scope,
      exportArn,
      tableId: TABLE_ID,
      epoch: 1,
      keyAttributes: KEY_ATTRIBUTES,
      batchBytes: BATCH_BYTES,
    },
  );
  const outcome = await loadExport(table, opened, {
    concurrency: cpus().length,
    signal: new AbortController().signal,
    now: () => '2026-11-24T00:00:00Z' as Awaited<ReturnType<typeof loadExport>>['watermark'],
    onRecords: () => undefined,
  });
  const seconds = (performance.now() - start) / 1000;
  const counts = Object.values(outcome.counts ?? {});
  return { seconds, rows: counts.reduce((sum, count) => sum + count, 0) };
}

const methods = {
  load,
  stages: ({ made }: LakeRequests['stages']['request']) => measureStages(made),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, ...request } = JSON.parse(line) as { id: number; method: keyof LakeRequests };
  const answer = await methods[method](request as never).then(
    (result) => ({ id, result }),
    (error: unknown) => ({ id, error: error instanceof Error ? error.stack : String(error) }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
