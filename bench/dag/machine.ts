/** Owns what is to be known of the machine and the programs to read the times. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { cpus, loadavg, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { findTemporal } from '../../src/local/programs/find-temporal.js';
import { airflowPython, AIRFLOW_VERSION } from '../../test/support/airflow-python.js';

/** Facts by name, as they are printed. */
export type Facts = Readonly<Record<string, string>>;

const run = promisify(execFile);

/** The facts at the end of a measurement; `loadBefore` is the load average at its start. */
export async function machineFacts(withAirflow: boolean, loadBefore: number): Promise<Facts> {
  const processors = cpus();
  const [loadAfter = NaN] = loadavg();
  const memoryGib = (totalmem() / 2 ** 30).toFixed(1);
  const sdk = createRequire(import.meta.url)('@temporalio/worker/package.json') as {
    readonly version: string;
  };
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${processors.length} cores (${processors[0]?.model ?? 'unknown'}), ${memoryGib} GiB, ${process.platform} ${process.arch}`,
    load: `${loadBefore.toFixed(1)} before, ${loadAfter.toFixed(1)} after`,
    Node: process.version,
    Temporal: `${await firstLine(await findTemporal(() => undefined), ['--version'])}, SDK ${sdk.version}`,
    ...(withAirflow
      ? { Airflow: `${AIRFLOW_VERSION}, ${await firstLine(airflowPython(), ['--version'])}` }
      : {}),
  };
}

async function firstLine(command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(command, args);
  return stdout.split('\n')[0] ?? '';
}
