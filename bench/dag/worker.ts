/** Owns the one worker that serves everything measured on Temporal, in a process of its own. */
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createBodyActivities } from '../../activities/dag/body-activities.js';
import { keptResults } from '../../activities/dag/kept-results.js';
import { quietRuntime } from '../../test/support/quiet-runtime.js';
import { LIGHT_DAGS, LOCAL_LIGHT_DAGS } from './light-dags.js';
import { light } from './light.js';

const [address, namespace, taskQueue] = process.argv.slice(2) as [string, string, string];

quietRuntime();
const dags = [...Object.values(LIGHT_DAGS), ...Object.values(LOCAL_LIGHT_DAGS)];
const bodies = createBodyActivities(dags, { results: keptResults(undefined), nowMs: Date.now });
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue,
  workflowsPath: fileURLToPath(new URL('workflows.mjs', import.meta.url)),
  activities: { ...bodies, light },
});
await worker.run();
await connection.close();
