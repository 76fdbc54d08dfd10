/** Owns the note that a running local stack leaves for other commands: how to reach it. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { CONFIG_VARIABLES } from '../config/config-environment.js';

/** Variables that lead every client, ours and stock ones alike, to one place. */
export type StackEnvironment = Readonly<Record<string, string>>;

const noteSchema = z.object({
  pid: z.number().int(),
  environment: z.record(z.string(), z.string()),
});

// DAG files are the same wherever they are run.
const PLACES = Object.keys(CONFIG_VARIABLES).filter((name) => name !== 'TIDEMARK_DAGS');

// Whoever sets one of these, or has a configuration file, means a place of their own.
const OWN_PLACE = new RegExp(
  `^(TEMPORAL_|AWS_ENDPOINT_URL|TIDEMARK_CONFIG$|(${PLACES.join('|')})$)`,
);
// Whatever could lead a client elsewhere, or to another account.
const FOREIGN = new RegExp(`^AWS_(?!SDK_)|${OWN_PLACE.source}`);

/** Region and keys of the local AWS, which checks neither. */
export const LOCAL_REGION = 'us-east-1';
const LOCAL_KEY = 'local';

/** The variables that lead AWS's own tools to a local AWS. */
export function localAwsEnvironment(addresses: {
  readonly dynamodbUrl: string;
  readonly s3Url: string;
}): StackEnvironment {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: addresses.dynamodbUrl,
    AWS_ENDPOINT_URL_S3: addresses.s3Url,
    AWS_ACCESS_KEY_ID: LOCAL_KEY,
    AWS_SECRET_ACCESS_KEY: LOCAL_KEY,
    AWS_REGION: LOCAL_REGION,
  };
}

/** `environment` with nothing left in it that could lead elsewhere than to the stack. */
export function environmentOfStack(
  environment: NodeJS.ProcessEnv,
  stack: StackEnvironment,
): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !FOREIGN.test(name));
  return {
    ...Object.fromEntries(kept),
    // Profiles of AWS and Temporal on this machine would mix with the stack's own settings.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...stack,
  };
}

/** Makes this process and its children use the stack. */
export function enterStack(stack: StackEnvironment): void {
  const wanted = environmentOfStack(process.env, stack);
  for (const name of Object.keys(process.env)) {
    if (!(name in wanted)) Reflect.deleteProperty(process.env, name);
  }
  Object.assign(process.env, wanted);
}

/** Leaves the note of a running stack. */
export async function writeStackNote(
  stateDir: string,
  environment: StackEnvironment,
): Promise<void> {
  const path = notePath(stateDir);
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify({ pid: process.pid, environment }, null, 2)}\n`);
  await rename(draft, path);
}

/** Takes the note away. */
export async function removeStackNote(stateDir: string): Promise<void> {
  await rm(notePath(stateDir), { force: true });
}

/** The environment of the stack running in `stateDir`; undefined when none is. */
export async function findRunningStack(stateDir: string): Promise<StackEnvironment | undefined> {
  const text = await readFile(notePath(stateDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const note = noteSchema.safeParse(parsed(text));
  return note.success && isAlive(note.data.pid) ? note.data.environment : undefined;
}

/** Whether the environment says by itself where to go. */
export function namesOwnPlace(environment: NodeJS.ProcessEnv): boolean {
  return Object.entries(environment).some(([name, value]) => OWN_PLACE.test(name) && value !== '');
}

function notePath(stateDir: string): string {
  return join(stateDir, 'stack.json');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
