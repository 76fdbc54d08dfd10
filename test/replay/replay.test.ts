/** Owns the replay of recorded histories: code that breaks one would break a running sync or DAG. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { temporal } from '@temporalio/proto';
import { bundleWorkflowCode, Worker, type WorkflowBundle } from '@temporalio/worker';
import { workflowsPath } from '../../src/temporal/workflow-source.js';
import { quietLogger, quietRuntime } from '../support/quiet-runtime.js';

type History = ReturnType<typeof historyFromJSON>;

const directory = fileURLToPath(new URL('histories', import.meta.url));
const names = readdirSync(directory).filter((name) => name.endsWith('.json'));
const historyOf = (name: string): History =>
  historyFromJSON(JSON.parse(readFileSync(`${directory}/${name}`, 'utf8')) as unknown);

let workflowBundle: WorkflowBundle;
beforeAll(async () => {
  quietRuntime();
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: workflowsPath(),
    logger: quietLogger,
  });
});

test.each(names)(
  '%s replays on the code of today',
  async (name) => {
    const history = historyOf(name);
    expect(history.events?.length).toBeGreaterThan(3);
    const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
    const workflowId = started?.workflowId || 'tidemark/us-east-1/orders';
    await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
  },
  60_000,
);

/** What each kind of workflow has been through, in some history of it. */
const TURNS: Readonly<Record<string, readonly string[]>> = {
  tableSync: ['ACTIVITY_TASK_SCHEDULED', 'WORKFLOW_EXECUTION_SIGNALED', 'TIMER_FIRED'],
  dagRun: [
    'MARKER_RECORDED',
    'ACTIVITY_TASK_FAILED',
    'ACTIVITY_TASK_CANCEL_REQUESTED',
    'TIMER_FIRED',
    'START_CHILD_WORKFLOW_EXECUTION_INITIATED',
    'REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED',
    'SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED',
    'WORKFLOW_EXECUTION_SIGNALED',
    'WORKFLOW_EXECUTION_UPDATE_COMPLETED',
    'WORKFLOW_EXECUTION_CANCELED',
    'WORKFLOW_EXECUTION_CONTINUED_AS_NEW',
  ],
  dagShard: [
    'ACTIVITY_TASK_FAILED',
    'WORKFLOW_EXECUTION_CANCEL_REQUESTED',
    'WORKFLOW_EXECUTION_CONTINUED_AS_NEW',
  ],
  dagScheduler: [
    'MARKER_RECORDED',
    'TIMER_CANCELED',
    'ACTIVITY_TASK_COMPLETED',
    'SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED',
    'WORKFLOW_EXECUTION_UPDATE_COMPLETED',
    'WORKFLOW_EXECUTION_CONTINUED_AS_NEW',
  ],
  dagPool: ['ACTIVITY_TASK_COMPLETED', 'TIMER_CANCELED', 'WORKFLOW_EXECUTION_CONTINUED_AS_NEW'],
  dagAssetBoard: ['WORKFLOW_EXECUTION_SIGNALED', 'WORKFLOW_EXECUTION_CONTINUED_AS_NEW'],
};

describe('the histories have been through', () => {
  const been = new Map<string, Set<string>>();
  for (const { events } of names.map(historyOf)) {
    const type = events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? '';
    const turns = been.get(type) ?? new Set();
    been.set(type, turns);
    for (const { eventType } of events ?? []) {
      const name = temporal.api.enums.v1.EventType[eventType ?? 0] ?? '';
      turns.add(name.replace('EVENT_TYPE_', ''));
    }
  }

  test.each(Object.entries(TURNS))('every turn of %s', (type, turns) => {
    expect([...(been.get(type) ?? [])]).toEqual(expect.arrayContaining([...turns]));
  });
});
