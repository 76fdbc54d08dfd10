/** Owns the Pythons that have the readers of Iceberg tables, and Spark's Iceberg, in the cache. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../../src/config/cache-directory.js';
import { provide } from '../../src/local/programs/provide.js';
import { runToEnd, type Report } from '../../src/local/programs/run-to-end.js';

const PYTHON_FOLDER = join(import.meta.dirname, 'python');

/** Lets Python find the package `iceberg_readers`, and leave nothing beside it. */
export const PYTHON_ENVIRONMENT: NodeJS.ProcessEnv = {
  ...process.env,
  PYTHONPATH: PYTHON_FOLDER,
  PYTHONDONTWRITEBYTECODE: '1',
};

/** Its Spark and Scala are PySpark's own: see requirements-spark.txt. */
const SPARK_ICEBERG = { artifact: 'iceberg-spark-runtime-4.1_2.13', version: '1.12.0' };
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';

/** The Python with PyIceberg and DuckDB; made where it is missing (seconds, once a machine). */
export async function lightPython(report: Report): Promise<string> {
  return await pythonWith('requirements.txt', 'readers', report);
}

/** The Python with PySpark; made where it is missing (a minute, once a machine). */
export async function sparkPython(report: Report): Promise<string> {
  return await pythonWith('requirements-spark.txt', 'spark', report);
}

/** The jar that lets PySpark read and write Iceberg tables; Maven fetches it where it is missing. */
export async function sparkIceberg(report: Report): Promise<string> {
  const { artifact, version } = SPARK_ICEBERG;
  const jar = `${artifact}-${version}.jar`;
  return await provide(
    join(cacheDirectory(), 'jars', jar),
    async (scratch) => {
      const coordinates = `org.apache.iceberg:${artifact}:${version}`;
      await runToEnd(
        {
          label: `fetching ${jar} with Maven (once)`,
          command: 'mvn',
          args: ['-B', COPY, `-Dartifact=${coordinates}`, `-DoutputDirectory=${scratch}`],
          logFile: join(cacheDirectory(), 'logs', 'maven-spark-iceberg.log'),
          installHint: 'Install Maven 3.6 or later.',
        },
        report,
      );
      return join(scratch, jar);
    },
    report,
  );
}

/** A virtual environment for each text of the requirements, so that a change makes a new one. */
async function pythonWith(requirements: string, name: string, report: Report): Promise<string> {
  const wanted = join(PYTHON_FOLDER, requirements);
  const version = createHash('sha256')
    .update(await readFile(wanted))
    .digest('hex');
  const cache = cacheDirectory();
  const home = join(cache, `venv-${name}-${version.slice(0, 8)}`);
  const python = join(home, 'bin', 'python');
  const steps = [
    { command: 'python3', args: ['-m', 'venv', home] },
    {
      command: python,
      args: ['-m', 'pip', 'install', '--disable-pip-version-check', '--requirement', wanted],
    },
  ];
  // What appears last, and at once, is a file that says the environment is whole.
  await provide(
    join(home, 'complete'),
    async (scratch) => {
      for (const { command, args } of steps) {
        await runToEnd(
          {
            label: `python for ${requirements} (once)`,
            command,
            args,
            logFile: join(cache, 'logs', `venv-${name}.log`),
            installHint: 'Install Python 3.10 or later, with its venv module.',
          },
          report,
        );
      }
      const complete = join(scratch, 'complete');
      await writeFile(complete, version);
      return complete;
    },
    report,
  );
  return python;
}
