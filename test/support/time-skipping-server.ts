/** Owns the time-skipping Temporal test server for tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { tether } from '../../src/local/processes/tether.js';
import { findTimeSkippingServer } from '../../src/local/programs/find-time-skipping-server.js';
import { freePort } from './free-port.js';

/**
 * A server of its own for one test file; call `teardown()` at its end.
 *
 * Time leaps only while a client of this environment awaits a workflow's result or `env.sleep`.
 * When that workflow ends, time may leap on to the next timer of any kind, the ten-year timeout of
 * a finished run among them: compare times within one workflow, not across two.
 *
 * The first start on a machine fetches the server; let it take a minute.
 */
export async function startTimeSkippingServer(): Promise<TestWorkflowEnvironment> {
  const lines: string[] = [];
  const path = await findTimeSkippingServer((line) => lines.push(line));
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-test-server-'));
  const port = await freePort();
  const server = tether(path, [String(port)], { logFile: join(directory, 'server.log') });
  // However long it takes: the SDK, which could start it, gives Java five seconds on a busy machine.
  while (!(await listens(port))) {
    if (server.end() !== undefined) throw new Error(await server.lastLines(20));
    await delay(50);
  }
  const environment = await connected(`127.0.0.1:${port}`);
  const teardown = environment.teardown.bind(environment);
  environment.teardown = async () => {
    await teardown();
    await server.stop(0);
    await rm(directory, { recursive: true, force: true });
  };
  return environment;
}

/** The SDK's way to a server that runs already; what it offers of it does not skip time. */
function connected(address: string): Promise<TestWorkflowEnvironment> {
  const hidden = TestWorkflowEnvironment as unknown as {
    create(options: object): Promise<TestWorkflowEnvironment>;
  };
  return hidden.create({
    server: { type: 'existing' },
    address,
    supportsTimeSkipping: true,
  });
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const tell = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', tell(true)).once('error', tell(false));
  });
}
