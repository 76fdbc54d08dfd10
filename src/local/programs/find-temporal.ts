/** Owns finding Temporal's own development server, with its Web UI, or fetching it. */
import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cachedProgram } from './cached-program.js';
import { explicitProgram, firstSource } from './first-source.js';
import { goInstall } from './go-install.js';
import { isRunnable } from './provide.js';
import type { Report } from './run-to-end.js';
import { downloadRelease } from './temporal-download.js';

/** The release that is fetched when no `temporal` is installed. */
export const TEMPORAL_CLI_VERSION = 'v1.5.1';

/** What a user may set, and what tests replace. */
export interface FindTemporalSettings {
  /** Path of the program; else `TIDEMARK_TEMPORAL_CLI`. */
  readonly program?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The download service. */
  readonly downloads?: string;
}

const run = promisify(execFile);
const SETTING = 'TIDEMARK_TEMPORAL_CLI';

/**
 * The path of a `temporal` that can `server start-dev`: the one that is set, on PATH, in the cache,
 * downloaded, or built with Go. Every step is reported as a line.
 *
 * @throws TidemarkError MissingProgram when the set one cannot be run, or when nothing worked.
 */
export async function findTemporal(
  report: Report,
  settings: FindTemporalSettings = {},
): Promise<string> {
  const env = settings.env ?? process.env;
  const explicit = settings.program ?? env[SETTING];
  if (explicit !== undefined && explicit !== '') {
    if (await isTemporal(explicit)) return explicit;
    throw explicitProgram('Temporal CLI', explicit, SETTING);
  }
  const cached = cachedProgram('temporal', TEMPORAL_CLI_VERSION, env);
  const checked = async (path: string): Promise<string> => {
    if (await isTemporal(path)) return path;
    throw new Error(`${path} is not a Temporal CLI that runs here`);
  };
  return await firstSource(
    'Temporal server',
    [
      { label: 'on PATH', find: async () => await checked(await onPath('temporal', env)) },
      { label: 'in the cache', find: async () => await checked(await existing(cached)) },
      {
        label: 'download',
        find: async () =>
          await checked(
            await downloadRelease(
              { artifact: 'cli', version: TEMPORAL_CLI_VERSION },
              cached,
              report,
              settings.downloads,
            ),
          ),
      },
      {
        label: 'build with Go',
        find: async () =>
          await goInstall(
            {
              module: 'github.com/temporalio/cli/cmd/temporal',
              version: TEMPORAL_CLI_VERSION,
              binary: 'temporal',
            },
            report,
            env,
          ),
      },
    ],
    `Install the Temporal CLI (docs.temporal.io/cli) so that "temporal" is on PATH, or set ${SETTING} to its path.`,
    report,
  );
}

/** The first runnable file `name` in the folders of PATH. */
async function onPath(name: string, env: NodeJS.ProcessEnv): Promise<string> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (folder !== '' && (await isRunnable(path))) return path;
  }
  throw new Error(`no ${name} there`);
}

async function existing(path: string): Promise<string> {
  if (await isRunnable(path)) return path;
  throw new Error(`${path} is not there yet`);
}

async function isTemporal(path: string): Promise<boolean> {
  try {
    const { stdout } = await run(path, ['--version'], { timeout: 20_000 });
    return stdout.startsWith('temporal version');
  } catch {
    return false;
  }
}
