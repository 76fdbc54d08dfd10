/** Owns the tests of fetching Temporal's releases, against a service of the same shape. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { downloadRelease } from '../../../src/local/programs/temporal-download.js';
import { scratchPrograms, type ScratchPrograms } from '../../support/scratch-programs.js';

const release = { artifact: 'cli', version: 'v1.5.1' } as const;
let scratch: ScratchPrograms;
let server: Server;
let service: string;
let asked: string[];
let info: (base: string) => unknown;

beforeEach(async () => {
  scratch = await scratchPrograms();
  asked = [];
  const packed = join(scratch.folder, 'packed');
  await mkdir(packed);
  await writeFile(join(packed, 'temporal'), 'the program');
  await promisify(execFile)('tar', ['-czf', join(packed, 'x.tar.gz'), '-C', packed, 'temporal']);
  info = (base) => ({ archiveUrl: `${base}/x.tar.gz`, fileToExtract: 'temporal' });
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/x.tar.gz') {
      void readFile(join(packed, 'x.tar.gz')).then((body) => response.end(body));
    } else {
      const answer = info(service);
      response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  service = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await scratch.remove();
});

test('fetches the archive the service names and keeps its program', async () => {
  const target = join(scratch.folder, 'cache', 'bin', 'temporal-1.5.1');
  expect(await downloadRelease(release, target, () => undefined, service)).toBe(target);
  expect(await readFile(target, 'utf8')).toBe('the program');
  expect(asked).toHaveLength(2);
  expect(asked[0]).toMatch(
    /^\/cli\/v1\.5\.1\?arch=(amd64|arm64)&platform=(linux|darwin)&format=tar\.gz$/,
  );
  await downloadRelease(release, target, () => undefined, service);
  expect(asked).toHaveLength(2);
});

test.each([
  ['an unknown release', undefined, '404'],
  ['an answer of another shape', { archive: 'x' }, 'archiveUrl'],
])('%s is an error that says so', async (_name, answer, reason) => {
  info = () => answer;
  const target = join(scratch.folder, 'cache', 'bin', 'temporal-1.5.1');
  await expect(downloadRelease(release, target, () => undefined, service)).rejects.toMatchObject({
    code: 'Unreachable',
    message: expect.stringContaining(reason),
  });
});

test('a service nobody answers at is an error with the reason', async () => {
  await new Promise((resolve) => server.close(resolve));
  const target = join(scratch.folder, 'cache', 'bin', 'temporal-1.5.1');
  await expect(downloadRelease(release, target, () => undefined, service)).rejects.toMatchObject({
    code: 'Unreachable',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});
