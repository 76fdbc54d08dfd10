/** Owns the peers that run on Temporal: one dev server and one worker for all of them. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { instantOfMillis } from '../../src/core/instant.js';
import { graphHash, type Dag } from '../../src/dag/index.js';
import { tether } from '../../src/local/processes/tether.js';
import { findTemporal } from '../../src/local/programs/find-temporal.js';
import type { Report } from '../../src/local/programs/run-to-end.js';
import { startTemporalDevServer } from '../../src/local/temporal/temporal-dev-server.js';
import { DagWorkflow, runWorkflowIdOf } from '../../src/scheduling/dag-names.js';
import type { DagRunInput } from '../../src/scheduling/dag-run-input.js';
import {
  sequenceByHand,
  sequenceByHandLocal,
  sideBySideByHand,
  sideBySideByHandLocal,
} from './by-hand.js';
import { LIGHT_DAGS, LOCAL_LIGHT_DAGS } from './light-dags.js';
import { PeerId, type Peer, type Timing } from './peer.js';
import { FAN_WIDTH, SEQUENCE_LENGTH, type Shape } from './shapes.js';

const NAMESPACE = 'default';
const TASK_QUEUE = 'bench';

/** A workflow to start. */
interface Start {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly argument: unknown;
}

/** The workflow of a shape's next run, by the run's id. */
type Starts = Readonly<Record<Shape, (runId: string) => Start>>;

const byHand = (workflow: (size: number) => Promise<void>, argument: number) => {
  const { name: workflowType } = workflow;
  return (runId: string): Start => ({
    workflowType,
    workflowId: `${workflowType}/${runId}`,
    argument,
  });
};

const ours =
  (dag: Dag) =>
  (runId: string): Start => ({
    workflowType: DagWorkflow.run,
    workflowId: runWorkflowIdOf(dag.id, runId),
    argument: runInput(dag, runId),
  });

const STARTS = {
  byHand: {
    sequence: byHand(sequenceByHand, SEQUENCE_LENGTH),
    sideBySide: byHand(sideBySideByHand, FAN_WIDTH),
  },
  ours: { sequence: ours(LIGHT_DAGS.sequence), sideBySide: ours(LIGHT_DAGS.sideBySide) },
  byHandLocal: {
    sequence: byHand(sequenceByHandLocal, SEQUENCE_LENGTH),
    sideBySide: byHand(sideBySideByHandLocal, FAN_WIDTH),
  },
  oursLocal: {
    sequence: ours(LOCAL_LIGHT_DAGS.sequence),
    sideBySide: ours(LOCAL_LIGHT_DAGS.sideBySide),
  },
} as const satisfies Partial<Record<PeerId, Starts>>;

/** Everything that runs on one Temporal server. */
export interface TemporalPeers {
  readonly peers: readonly Peer[];
  readonly stop: () => Promise<void>;
}

/** Starts server and worker in `home`, the server as `tidemark up` does: one process, one SQLite file. */
export async function startTemporalPeers(home: string, report: Report): Promise<TemporalPeers> {
  const server = await startTemporalDevServer({
    program: await findTemporal(report),
    databaseFile: join(home, 'temporal.db'),
    port: 0,
    uiPort: 0,
    logFile: join(home, 'temporal.log'),
    namespace: NAMESPACE,
  });
  const script = fileURLToPath(new URL('worker.ts', import.meta.url));
  const worker = tether(
    process.execPath,
    ['--import', 'jiti/register', script, server.address, NAMESPACE, TASK_QUEUE],
    { logFile: join(home, 'worker.log') },
  );
  const connection = await Connection.connect({ address: server.address });
  const client = new Client({ connection, namespace: NAMESPACE });
  const died = worker.exited.then(async () => {
    throw new Error(`The worker ended: ${await worker.lastLines(20)}`);
  });
  died.catch(() => undefined);
  let runs = 0;
  const peer = (id: keyof typeof STARTS): Peer => ({
    id,
    run: (shape) => Promise.race([timed(client, STARTS[id][shape](`run-${++runs}`)), died]),
  });
  return {
    peers: [PeerId.byHand, PeerId.ours, PeerId.byHandLocal, PeerId.oursLocal].map(peer),
    stop: async () => {
      await worker.stop();
      await connection.close();
      await server.stop();
    },
  };
}

/** A run by hand, of no scheduler. */
function runInput({ id, graph }: Dag, runId: string): DagRunInput {
  const now = instantOfMillis(Date.now());
  const run = {
    dagId: id,
    runId,
    dataInterval: { start: now, end: now },
    logicalDate: now,
    params: null,
    assetEvents: [],
  };
  return { graph, graphHash: graphHash(graph), run, runType: 'manual' };
}

/** One workflow to its end; the recorded time is the first event's to the last one's. */
async function timed(client: Client, start: Start): Promise<Timing> {
  const startedAt = performance.now();
  const handle = await client.workflow.start(start.workflowType, {
    workflowId: start.workflowId,
    taskQueue: TASK_QUEUE,
    args: [start.argument],
  });
  await handle.result();
  const wallMs = performance.now() - startedAt;
  const { events } = await handle.fetchHistory();
  const times = (events ?? []).map(({ eventTime }) => tsToMs(eventTime));
  return { recordedMs: times.at(-1)! - times[0]!, wallMs, events: times.length };
}
