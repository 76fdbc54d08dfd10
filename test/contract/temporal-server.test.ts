/** Owns the tests of the Temporal development server: it answers, keeps its state, and never outlives us. */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOf } from '../../src/local/processes/process-identity.js';
import { findTemporal } from '../../src/local/programs/find-temporal.js';
import {
  startTemporalDevServer,
  type TemporalDevServer,
  type TemporalDevServerOptions,
} from '../../src/local/temporal/temporal-dev-server.js';
import { runTypeScript } from '../support/run-typescript.js';
import { until } from '../support/until.js';
import type { sleepFor } from '../support/waiting-workflows.js';

jest.setTimeout(600_000);
const taskQueue = 'waiting';
let program: string;
let folder: string;
const started: TemporalDevServer[] = [];

beforeAll(async () => {
  program = await findTemporal(() => undefined);
  folder = await mkdtemp(join(tmpdir(), 'tidemark-temporal-'));
});
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function optionsFor(name: string): TemporalDevServerOptions {
  return {
    program,
    databaseFile: join(folder, name, 'temporal.db'),
    logFile: join(folder, name, 'temporal.log'),
    port: 0,
    uiPort: 0,
    namespace: 'default',
    searchAttributes: { TidemarkTable: 'Keyword', TidemarkBehindSeconds: 'Int' },
  };
}
async function start(options: TemporalDevServerOptions): Promise<TemporalDevServer> {
  const server = await startTemporalDevServer(options);
  started.push(server);
  return server;
}
const portOf = (url: string): number => Number(url.slice(url.lastIndexOf(':') + 1));

describe('startTemporalDevServer', () => {
  test('serves gRPC and the Web UI on the loopback, with our search attributes', async () => {
    const server = await start({ ...optionsFor('serves'), namespace: 'lake' });
    expect(server.address).toMatch(/^127\.0\.0\.1:\d+$/);
    const page = await fetch(server.webUrl);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<html');
    const connection = await Connection.connect({ address: server.address });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'lake',
    });
    expect(Object.keys(customAttributes)).toEqual(
      expect.arrayContaining(['TidemarkTable', 'TidemarkBehindSeconds']),
    );
    await connection.close();
  });

  test('a running workflow goes on after kill -9 of the server and a restart', async () => {
    const options = optionsFor('killed');
    const first = await start(options);
    const connection = await Connection.connect({ address: first.address });
    const client = new Client({ connection });
    await client.workflow.start<typeof sleepFor>('sleepFor', {
      taskQueue,
      workflowId: 'survivor',
      args: [1500],
    });
    process.kill(first.pid, 'SIGKILL');
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });

    const ports = { port: portOf(first.address), uiPort: portOf(first.webUrl) };
    const second = await start({ ...options, ...ports });
    expect(second.address).toBe(first.address);
    const native = await NativeConnection.connect({ address: second.address });
    const worker = await Worker.create({
      connection: native,
      taskQueue,
      workflowsPath: join(process.cwd(), 'test', 'support', 'waiting-workflows.ts'),
    });
    const result = await worker.runUntil(
      client.workflow.getHandle<typeof sleepFor>('survivor').result(),
    );
    expect(result).toBe(1500);
    await native.close();
    await connection.close();
  });

  test.each(['port', 'uiPort'] as const)('a taken %s says which option moves it', async (which) => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as { port: number };
    await expect(start({ ...optionsFor('taken'), [which]: port })).rejects.toMatchObject({
      code: 'PortTaken',
      subject: `127.0.0.1:${port}`,
      hint: expect.stringContaining(which === 'port' ? '--temporal-port' : '--ui-port'),
    });
    holder.close();
  });

  test('a port lost between our look and its use is another port at the next try', async () => {
    // What the real server writes and does when Temporal Web's port went to somebody else.
    const options = optionsFor('raced');
    const raced = join(folder, 'raced.sh');
    const first = join(folder, 'raced.once');
    await writeFile(
      raced,
      `#!/bin/sh
if [ ! -e '${first}' ]; then
  touch '${first}'
  echo 'panic: listen tcp 127.0.0.1:1: bind: address already in use'
  exit 2
fi
exec '${program}' "$@"
`,
      { mode: 0o755 },
    );
    const server = await start({ ...options, program: raced });
    expect((await fetch(server.webUrl)).status).toBe(200);
    expect(existsSync(first)).toBe(true);
  });

  test('a server that panics is an error with the reason above its stacks', async () => {
    const panics = join(folder, 'panics.sh');
    const stacks = Array.from({ length: 40 }, (_, depth) => `echo 'stack ${depth}'`).join('\n');
    await writeFile(panics, `#!/bin/sh\necho 'panic: no such disk'\n${stacks}\nexit 2\n`, {
      mode: 0o755,
    });
    await expect(start({ ...optionsFor('panics'), program: panics })).rejects.toMatchObject({
      code: 'Unreachable',
      message: expect.stringMatching(/ended with code 2[^]*panic: no such disk\nstack 0/),
    });
  });

  test('a server that ends at once is an error with its last lines', async () => {
    const searchAttributes = { Wrong: 'Nonsense' } as unknown as Record<string, 'Keyword'>;
    await expect(start({ ...optionsFor('wrong'), searchAttributes })).rejects.toMatchObject({
      code: 'Unreachable',
      message: expect.stringMatching(/ended with code 1[^]*Nonsense/),
      hint: expect.stringContaining('temporal.log'),
    });
  });

  test('it ends with a parent killed by SIGKILL', async () => {
    const { child, firstLine } = runTypeScript(`
      import { startTemporalDevServer } from './src/local/temporal/temporal-dev-server.js';
      const server = await startTemporalDevServer(${JSON.stringify(optionsFor('orphan'))});
      console.log(server.pid);
      setInterval(() => {}, 1000);`);
    const pid = Number(await firstLine);
    expect(await startOf(pid)).toBeDefined();
    child.kill('SIGKILL');
    await until(async () => (await startOf(pid)) === undefined);
  });
});
