/** Owns the local stack's life: what is started in which order, and stopped in the opposite one. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { ProcessEnd } from '../../local/processes/tether.js';
import { findTemporal } from '../../local/programs/find-temporal.js';
import { startTemporalDevServer } from '../../local/temporal/temporal-dev-server.js';
import {
  enterStack,
  removeStackNote,
  writeStackNote,
  type StackEnvironment,
} from '../stack-file.js';
import { startAwsIn } from '../start-local-aws.js';
import { claimStateDirectory } from '../state-directory.js';
import { DEMO_BUCKET, stackEnvironment, type StackAddresses } from './stack-environment.js';

/** How to start the stack. */
export interface StackOptions {
  readonly stateDir: string;
  readonly secondsPerMinute: number;
  /** Where DAG files lie, several parted by commas; `dags` when absent. */
  readonly dags?: string;
  readonly temporalPort: number;
  readonly uiPort: number;
  readonly dynamodbPort: number;
  readonly s3Port: number;
  /** Takes a line on what is being done. */
  readonly report: (line: string) => void;
}

/** A running stack; this process's environment leads to it. */
export interface Stack {
  readonly directory: string;
  readonly addresses: StackAddresses;
  readonly environment: StackEnvironment;
  readonly temporalLog: string;
  /** Settles when the Temporal server ends, called for or not. */
  readonly temporalExited: Promise<ProcessEnd>;
  /** Stops everything; may be called once. */
  close(): Promise<void>;
}

/** Namespace that the development server always has. */
const NAMESPACE = 'default';

/** Starts local AWS and Temporal; what was started is stopped again when a later part fails. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const state = await claimStateDirectory(options.stateDir);
  const directory = state.path;
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer();
  };
  try {
    await checkPace(directory, options.secondsPerMinute);
    const aws = await startAwsIn(directory, options, options.secondsPerMinute);
    closers.push(() => aws.close());
    aws.createBucket(DEMO_BUCKET);
    const temporalLog = join(directory, 'temporal.log');
    const temporal = await startTemporalDevServer({
      program: await findTemporal(options.report),
      databaseFile: join(directory, 'temporal.db'),
      port: options.temporalPort,
      uiPort: options.uiPort,
      logFile: temporalLog,
      namespace: NAMESPACE,
    });
    closers.push(() => temporal.stop());
    const addresses: StackAddresses = {
      dynamodbUrl: aws.dynamodbUrl,
      s3Url: aws.s3Url,
      temporalAddress: temporal.address,
      webUrl: temporal.webUrl,
    };
    const environment = stackEnvironment(addresses, await writeTemporalConfig(directory), options);
    enterStack(environment);
    await writeStackNote(directory, environment);
    closers.push(() => removeStackNote(directory));
    const { exited: temporalExited } = temporal;
    return {
      directory,
      addresses,
      environment,
      temporalLog,
      temporalExited,
      close: async () => {
        await close();
        await state.release();
      },
    };
  } catch (error) {
    await close();
    await state.undo();
    throw error;
  }
}

/** A profile without TLS or keys, so that none of this machine's own is mixed in. */
async function writeTemporalConfig(directory: string): Promise<string> {
  const path = join(directory, 'temporal.toml');
  await writeFile(path, '[profile.default]\n');
  return path;
}

/** Syncs keep the windows they were started with, so one state knows one pace only. */
async function checkPace(directory: string, secondsPerMinute: number): Promise<void> {
  const path = join(directory, 'minute-seconds');
  const known = await readFile(path, 'utf8').catch(() => undefined);
  if (known === undefined) {
    await writeFile(path, `${secondsPerMinute}\n`);
    return;
  }
  if (Number(known) === secondsPerMinute) return;
  throw new TidemarkError(
    `The state in ${directory} was made with --minute ${known.trim()}, not ${secondsPerMinute}.`,
    {
      code: ErrorCode.InvalidUsage,
      subject: directory,
      hint: `Use --minute ${known.trim()}, or another --state-dir.`,
    },
  );
}
