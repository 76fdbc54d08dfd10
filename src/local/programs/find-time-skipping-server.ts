/** Owns finding Temporal's time-skipping test server, or fetching it; only tests need it. */
import { cachedProgram } from './cached-program.js';
import { explicitProgram, firstSource } from './first-source.js';
import { mavenTestServer } from './maven-test-server.js';
import { isRunnable } from './provide.js';
import type { Report } from './run-to-end.js';
import { downloadRelease } from './temporal-download.js';

/** A release of Temporal's Java SDK, which the test server is part of. It runs on Java 8 and later. */
export const TEST_SERVER_VERSION = 'v1.38.0';

/** What a user may set, and what tests replace. */
export interface FindTestServerSettings {
  readonly env?: NodeJS.ProcessEnv;
  /** The download service. */
  readonly downloads?: string;
}

const SETTING = 'TIDEMARK_TEST_SERVER';

/**
 * The path of an executable that takes a port and serves there, for
 * `TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } })`:
 * the one that is set, in the cache, downloaded, or Maven's run by Java.
 *
 * @throws TidemarkError MissingProgram when the set one cannot be run, or when nothing worked.
 */
export async function findTimeSkippingServer(
  report: Report,
  settings: FindTestServerSettings = {},
): Promise<string> {
  const env = settings.env ?? process.env;
  const explicit = env[SETTING];
  if (explicit !== undefined && explicit !== '') {
    if (await isRunnable(explicit)) return explicit;
    throw explicitProgram('time-skipping test server', explicit, SETTING);
  }
  const cached = cachedProgram('temporal-test-server', TEST_SERVER_VERSION, env);
  return await firstSource(
    'Time-skipping test server',
    [
      {
        label: 'in the cache',
        find: async () => {
          if (await isRunnable(cached)) return cached;
          throw new Error(`${cached} is not there yet`);
        },
      },
      {
        label: 'download',
        find: async () =>
          await downloadRelease(
            { artifact: 'temporal-test-server', version: TEST_SERVER_VERSION },
            cached,
            report,
            settings.downloads,
          ),
      },
      {
        label: 'Maven and Java',
        find: async () => await mavenTestServer(TEST_SERVER_VERSION, cached, report, env),
      },
    ],
    `Install Java 17 and Maven and try again, or set ${SETTING} to the path of a temporal-test-server (github.com/temporalio/sdk-java/releases).`,
    report,
  );
}
