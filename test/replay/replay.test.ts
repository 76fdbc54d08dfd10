/** Owns the replay of recorded histories: code that breaks one would break a running sync or DAG. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import { workflowsPath } from '../../src/temporal/workflow-source.js';
import { quietLogger, quietRuntime } from '../support/quiet-runtime.js';

const directory = fileURLToPath(new URL('histories', import.meta.url));
beforeAll(() => {
  quietRuntime();
});

const names = readdirSync(directory).filter((name) => name.endsWith('.json'));

test('there are histories to replay', () => {
  expect(names.length).toBeGreaterThan(0);
});

test.each(names)(
  '%s replays on the code of today',
  async (name) => {
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath: workflowsPath(),
      logger: quietLogger,
    });
    const recorded: unknown = JSON.parse(readFileSync(`${directory}/${name}`, 'utf8'));
    const history = historyFromJSON(recorded);
    expect(history.events?.length).toBeGreaterThan(10);
    const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
    const workflowId = started?.workflowId || 'tidemark/us-east-1/orders';
    await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
  },
  60_000,
);
