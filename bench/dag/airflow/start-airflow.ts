/** Owns an Airflow of our own for the length of a measurement. */
import { copyFile, mkdir } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tether, type TetheredProcess } from '../../../src/local/processes/tether.js';
import { runToEnd, type Report } from '../../../src/local/programs/run-to-end.js';
import { airflowPython } from '../../../test/support/airflow-python.js';
import type { Peer } from '../peer.js';
import { DAG_IDS } from '../shapes.js';
import { AirflowClient } from './airflow-client.js';
import { neededSettings, type AirflowSettings } from './airflow-settings.js';

const START_TIMEOUT_MS = 120_000;
/** The scheduler forks its workers as it starts; it is not to do so while it is measured. */
const SETTLE_MS = 5000;

/** A running Airflow as a peer. */
export type AirflowPeer = Peer & { readonly stop: () => Promise<void> };

/**
 * Starts API server and scheduler in `home`, with the DAGs parsed beforehand: no DAG processor runs
 * beside what is measured.
 */
export async function startAirflow(
  id: Peer['id'],
  home: string,
  speed: AirflowSettings,
  report: Report,
): Promise<AirflowPeer> {
  const python = airflowPython();
  const port = await freePort();
  const env = { ...process.env, ...neededSettings(home, port), ...speed };
  await mkdir(join(home, 'dags'), { recursive: true });
  await copyFile(join(import.meta.dirname, 'light_dags.py'), join(home, 'dags', 'light_dags.py'));
  const airflow = (name: string, args: readonly string[]): TetheredProcess =>
    tether(python, ['-m', 'airflow', ...args], { logFile: join(home, `${name}.log`), env });
  for (const args of [
    ['db', 'migrate'],
    ['dag-processor', '--num-runs', '1'],
  ]) {
    await runToEnd(
      {
        label: `airflow ${args.join(' ')}`,
        command: python,
        args: ['-m', 'airflow', ...args],
        env,
        logFile: join(home, `${args.join('-')}.log`),
        installHint: 'Install Python 3.10 or later.',
      },
      report,
    );
  }
  const server = airflow('api-server', ['api-server']);
  const scheduler = airflow('scheduler', ['scheduler', '--skip-serve-logs']);
  const stop = async (): Promise<void> => {
    await scheduler.stop(5000);
    await server.stop(5000);
  };
  const client = new AirflowClient(`http://127.0.0.1:${port}`);
  try {
    await started(client, [server, scheduler]);
  } catch (error) {
    await stop();
    throw error;
  }
  let runs = 0;
  return { id, run: (shape) => client.run(DAG_IDS[shape], `run-${++runs}`), stop };
}

async function started(
  client: AirflowClient,
  processes: readonly TetheredProcess[],
): Promise<void> {
  const startedAt = performance.now();
  while (!(await client.knows(Object.values(DAG_IDS)))) {
    const ended = processes.find((one) => one.end() !== undefined);
    if (ended !== undefined || performance.now() - startedAt > START_TIMEOUT_MS) {
      const silent = ended ?? processes[0]!;
      const lines = await silent.lastLines(10);
      throw new Error(`Airflow did not start; ${silent.logFile} ends:\n${lines}`);
    }
    await sleep(500);
  }
  await sleep(SETTLE_MS);
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
