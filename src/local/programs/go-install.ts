/** Owns building a Go program into the cache. */
import { join } from 'node:path';
import { cacheDirectory } from '../../config/cache-directory.js';
import { cachedProgram } from './cached-program.js';
import { provide } from './provide.js';
import { runToEnd, type Report } from './run-to-end.js';

/** A Go program: `go install module@version` makes `binary`. */
export interface GoProgram {
  readonly module: string;
  /** A tag such as `v1.5.1`, never `latest`: what is cached must not change. */
  readonly version: string;
  readonly binary: string;
}

/**
 * The path of the program, built first when the cache has none; the first build takes minutes.
 *
 * @throws TidemarkError MissingProgram when go is not installed or the build fails.
 */
export async function goInstall(
  { module, version, binary }: GoProgram,
  report: Report,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  return await provide(
    cachedProgram(binary, version, env),
    async (scratch) => {
      await runToEnd(
        {
          label: `building ${binary} ${version} with go (once, a few minutes)`,
          command: 'go',
          // -v names each package as it is compiled: the progress a user sees.
          args: ['install', '-v', `${module}@${version}`],
          env: { ...env, GOBIN: scratch },
          logFile: join(cacheDirectory(env), 'logs', `go-install-${binary}.log`),
          installHint: 'Install Go from go.dev/dl or your package manager.',
        },
        report,
      );
      return join(scratch, binary);
    },
    report,
  );
}
