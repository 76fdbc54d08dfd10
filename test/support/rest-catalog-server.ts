/** Owns Apache's own REST catalog server for tests: found or fetched, started and stopped. */
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tether } from '../../src/local/processes/tether.js';
import { cacheDirectory } from '../../src/config/cache-directory.js';
import { cachedProgram } from '../../src/local/programs/cached-program.js';
import { provide } from '../../src/local/programs/provide.js';
import { runToEnd } from '../../src/local/programs/run-to-end.js';
import { until } from './until.js';

const POM = fileURLToPath(new URL('./rest-catalog-server/pom.xml', import.meta.url));
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
/** Iceberg's, as in the pom. */
const VERSION = '1.11.0';
const PROGRAM = 'iceberg-rest-catalog';

const SCRIPT = `#!/bin/sh
exec "\${JAVA_HOME:+$JAVA_HOME/bin/}java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx256m \\
  -cp "$(dirname "$0")/../${PROGRAM}-${VERSION}/*" org.apache.iceberg.rest.RESTCatalogServer
`;

export interface RestCatalogServer {
  readonly uri: string;
  /** Tables may lie anywhere under it. */
  readonly directory: string;
  stop(): Promise<void>;
}

/** Starts it over a new folder on a free port; the first time, Maven fetches it. */
export async function startRestCatalogServer(): Promise<RestCatalogServer> {
  const program = await findRestCatalogServer();
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-rest-catalog-'));
  const logFile = join(directory, 'server.log');
  const child = tether(program, [], {
    logFile,
    env: {
      ...process.env,
      CATALOG_CATALOG__IMPL: 'org.apache.iceberg.jdbc.JdbcCatalog',
      CATALOG_JDBC_SCHEMA__VERSION: 'V1',
      // Tables only in namespaces that were made, as other catalogs have it.
      CATALOG_JDBC_STRICT__MODE: 'true',
      CATALOG_URI: `jdbc:sqlite:${directory}/catalog.db`,
      CATALOG_WAREHOUSE: `file://${directory}/warehouse`,
      CATALOG_REST_PORT: '0',
    },
  });
  let port: string | undefined;
  await until(async () => {
    if (child.end() !== undefined) throw new Error(await child.lastLines(20));
    [, port] = /Started .*ServerConnector.*:(\d+)\}/.exec(await readFile(logFile, 'utf8')) ?? [];
    return port !== undefined;
  });
  return {
    uri: `http://127.0.0.1:${String(port)}`,
    directory,
    stop: async () => {
      await child.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The folder of the server's jars: Iceberg's core, and Hadoop's file system classes. */
export async function icebergJars(): Promise<string> {
  await findRestCatalogServer();
  return join(cacheDirectory(), `${PROGRAM}-${VERSION}`);
}

/** The script that runs it, in our cache, its jars beside. */
async function findRestCatalogServer(): Promise<string> {
  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  return await provide(
    cachedProgram(PROGRAM, VERSION),
    async (scratch) => {
      const jars = join(scratch, 'jars');
      await mkdir(jars);
      await runToEnd(
        {
          label: `fetching Iceberg's REST catalog server ${VERSION} with Maven (once)`,
          command: 'mvn',
          args: ['-B', '-f', POM, COPY, '-DincludeScope=runtime', `-DoutputDirectory=${jars}`],
          logFile: join(cacheDirectory(), 'logs', 'maven-rest-catalog-server.log'),
          installHint: 'Install Maven 3.6 or later, and Java 17 or later.',
        },
        report,
      );
      const place = join(cacheDirectory(), `${PROGRAM}-${VERSION}`);
      await rm(place, { recursive: true, force: true });
      await rename(jars, place);
      // The script appears last: where it is, its jars are.
      const script = join(scratch, 'server.sh');
      await writeFile(script, SCRIPT);
      return script;
    },
    report,
  );
}
