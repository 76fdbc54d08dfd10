/** Owns the worker process of tests that kill workers: serves the DAGs it is ordered to until it ends. */
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import { instantOfMillis } from '../../src/core/instant.js';
import type { Json } from '../../src/dag/index.js';
import type { ServedDag } from '../../src/temporal/deploy-dags.js';
import { runWorker } from '../../src/temporal/worker.js';
import type { WorkerOrder } from './kill-worker.js';
import { quietRuntime } from './quiet-runtime.js';

/** What a module of DAGs exports. */
interface DagModule {
  readonly dagsOf: (input: Json) => readonly ServedDag[] | Promise<readonly ServedDag[]>;
}

const noTables = (): never => {
  throw new Error('This worker is for DAGs alone.');
};

quietRuntime();
const order = JSON.parse(process.env['DAG_WORKER'] ?? '') as WorkerOrder;
const { dagsOf } = (await import(order.module)) as DagModule;
await runWorker({
  connection: { address: order.address },
  namespace: 'default',
  taskQueue: order.taskQueue,
  ports: {
    tableExports: noTables,
    objectStore: noTables,
    openCatalog: noTables,
    now: () => instantOfMillis(Date.now()),
  },
  dags: await dagsOf(order.input),
  results: {
    store: createFileObjectStore({ directory: order.resultsDirectory }),
    prefix: 'results',
  },
  signal: new AbortController().signal,
  onReady: () => {
    process.stdout.write('ready\n');
  },
});
