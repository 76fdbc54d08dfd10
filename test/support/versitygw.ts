/** Owns a real S3 server for tests: versitygw over a folder, found or built, started and stopped. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { tether } from '../../src/local/processes/tether.js';
import { goInstall } from '../../src/local/programs/go-install.js';
import { isRunnable } from '../../src/local/programs/provide.js';
import { freePort } from './free-port.js';
import { until } from './until.js';

const VERSITYGW = {
  module: 'github.com/versity/versitygw/cmd/versitygw',
  version: 'v1.8.0',
  binary: 'versitygw',
};

export interface Versitygw {
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

/**
 * The binary `TIDEMARK_VERSITYGW` names, else the one on PATH, else the one in our cache, which is
 * built there with go when it is missing (once, some minutes).
 */
async function findVersitygw(): Promise<string> {
  const { TIDEMARK_VERSITYGW: named, PATH: path = '' } = process.env;
  if (named !== undefined && named !== '') return named;
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, VERSITYGW.binary);
    if (await isRunnable(candidate)) return candidate;
  }
  return goInstall(VERSITYGW, (line) => process.stderr.write(`${line}\n`));
}

/** Starts it over a new folder on a free port; its credentials are made up. */
export async function startVersitygw(): Promise<Versitygw> {
  const program = await findVersitygw();
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-versitygw-'));
  const data = join(directory, 'data');
  await mkdir(data);
  const port = await freePort();
  const accessKeyId = 'contract';
  const secretAccessKey = randomBytes(16).toString('hex');
  const url = `http://127.0.0.1:${port}`;
  const child = tether(program, ['--quiet', '--port', `127.0.0.1:${port}`, 'posix', data], {
    logFile: join(directory, 'versitygw.log'),
    env: { ...process.env, ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
  });
  await until(async () => {
    if (child.end() !== undefined) throw new Error(await child.lastLines(20));
    return fetch(url).then(
      () => true,
      () => false,
    );
  });
  return {
    url,
    accessKeyId,
    secretAccessKey,
    stop: async () => {
      await child.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
