/** Owns what every command starts from: its output, its configuration, its way to Temporal and AWS. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.js';
import type { TidemarkConfig } from '../config/tidemark-config.js';
import { DEFAULT_TASK_QUEUE } from '../sync/table-sync-input.js';
import { connectionSettings, openTemporal, type TemporalAccess } from '../temporal/connect.js';
import { openAws, type AwsAccess } from './aws-access.js';
import { Output } from './output.js';
import { enterStack, findRunningStack, namesOwnPlace } from './stack-file.js';

/** Options that every command takes. */
export interface CommonOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly stateDir: string;
}

/** Where `up` keeps its state unless told otherwise. */
export const DEFAULT_STATE_DIR = '.tidemark';

/** What a command works with. */
export interface Scope {
  readonly output: Output;
  readonly config: TidemarkConfig;
  /** Absolute; undefined when there is none. */
  readonly configPath: string | undefined;
  readonly taskQueue: string;
}

/** The output that a command's options ask for. */
export function outputOf(command: Command): Output {
  const { json, verbose } = command.optsWithGlobals<CommonOptions>();
  return new Output({ json: json === true, verbose: verbose === true });
}

/**
 * Loads the configuration for a command. Without one, and with nothing in the environment that
 * names a place, a stack that `tidemark up` runs here is meant.
 */
export async function openScope(command: Command, flags: TidemarkConfig = {}): Promise<Scope> {
  const options = command.optsWithGlobals<CommonOptions>();
  const output = outputOf(command);
  const query = { directory: process.cwd(), file: options.config, flags };
  let loaded = await loadConfig({ ...query, environment: process.env });
  if (loaded.path === undefined && !namesOwnPlace(process.env)) {
    const stack = await findRunningStack(resolve(options.stateDir));
    if (stack !== undefined) {
      output.note(output.noteStyle('dim', `using the local stack in ${options.stateDir}`));
      enterStack(stack);
      loaded = await loadConfig({ ...query, environment: process.env });
    }
  }
  const { config, path: configPath } = loaded;
  return {
    output,
    config,
    configPath,
    taskQueue: config.temporal?.taskQueue ?? DEFAULT_TASK_QUEUE,
  };
}

/** Runs `work` with a connection to Temporal, and closes it. */
export async function withTemporal<T>(
  scope: Scope,
  work: (temporal: TemporalAccess) => Promise<T>,
): Promise<T> {
  const temporal = await openTemporal(connectionSettings(scope.config.temporal));
  try {
    return await work(temporal);
  } finally {
    await temporal.close();
  }
}

/** Runs `work` with clients of AWS, and closes them. */
export async function withAws<T>(scope: Scope, work: (aws: AwsAccess) => Promise<T>): Promise<T> {
  const aws = await openAws(scope.config);
  try {
    return await work(aws);
  } finally {
    aws.close();
  }
}
