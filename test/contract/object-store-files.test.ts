/** Owns the checks of the object store in a folder: what lies on disk, and several processes at once. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import {
  keyOfPath,
  keyOfShadowPath,
  pathOfKey,
  shadowPathOfKey,
} from '../../src/connectors/files/key-path.js';
import { runTypeScript } from '../support/run-typescript.js';
import { until } from '../support/until.js';

const WORKERS = 3;
const INCREMENTS = 200;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-files-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

test('an object lies where its key says, for any tool to read', async () => {
  const store = createFileObjectStore({ directory });
  expect(store.url).toBe(pathToFileURL(directory).href);
  await store.put('lake/orders/dt=2026-11-24/part 0.parquet', Buffer.from('rows'));
  const path = join(directory, 'lake', 'orders', 'dt=2026-11-24', 'part 0.parquet');
  expect(await readFile(path, 'utf8')).toBe('rows');
});

test('a file that another tool put there is an object', async () => {
  await writeFile(join(directory, 'note.txt'), 'hello');
  const store = createFileObjectStore({ directory });
  expect(Buffer.from((await store.get('note.txt'))!.body).toString()).toBe('hello');
  for await (const listed of store.list(''))
    expect(listed).toEqual({ key: 'note.txt', sizeBytes: 5 });
});

test('a folder that is not there is an empty bucket until the first put', async () => {
  const store = createFileObjectStore({ directory: join(directory, 'new', 'bucket') });
  expect(await store.get('k')).toBeUndefined();
  for await (const listed of store.list('')) throw new Error(listed.key);
  await store.put('k', Buffer.from('v'));
  expect(Buffer.from((await store.get('k'))!.body).toString()).toBe('v');
});

test('deleting leaves no empty folders behind', async () => {
  const store = createFileObjectStore({ directory });
  await store.put('a/b/c', Buffer.from('x'));
  await store.delete(['a/b/c']);
  expect(await readdir(directory)).toEqual(['.tidemark']);
});

test('leftovers of writers that were killed are removed, once they are old', async () => {
  const staging = join(directory, '.tidemark', 'staging');
  await mkdir(staging, { recursive: true });
  for (const name of ['old', 'young']) await writeFile(join(staging, name), 'half');
  await utimes(join(staging, 'old'), 0, 0);
  await createFileObjectStore({ directory }).put('k', Buffer.from('v'));
  expect(await readdir(staging)).toEqual(['young']);
});

test('the lock of a process that is dead is broken', async () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  await mkdir(join(directory, '.tidemark'));
  await symlink(String(pid), join(directory, '.tidemark', 'lock'));
  const outcome = await createFileObjectStore({ directory }).put('k', Buffer.from('v'));
  expect(outcome.written).toBe(true);
});

test('processes that change one object by ifMatch lose no update', async () => {
  const store = createFileObjectStore({ directory });
  await store.put('counter', Buffer.from('0'));
  const workers = Array.from({ length: WORKERS }, (_, worker) =>
    runTypeScript(`
      import { createFileObjectStore } from './src/connectors/files/file-object-store.ts';
      const store = createFileObjectStore({ directory: ${JSON.stringify(directory)} });
      await store.put('ready/${worker}', Buffer.from('x'));
      while ((await store.get('go')) === undefined);
      for (let done = 0; done < ${INCREMENTS}; ) {
        const { body, etag } = await store.get('counter');
        const next = Buffer.from(String(Number(Buffer.from(body).toString()) + 1));
        if ((await store.put('counter', next, { ifMatch: etag })).written) done += 1;
      }
      console.log('done');`),
  );
  // All at once, or a fast one would be through before a slow one has started.
  await until(async () => {
    const ready: string[] = [];
    for await (const { key } of store.list('ready/')) ready.push(key);
    return ready.length === WORKERS;
  });
  await store.put('go', Buffer.from('x'));
  for (const { firstLine } of workers) expect(await firstLine).toBe('done');
  const { body } = (await store.get('counter'))!;
  expect(Buffer.from(body).toString()).toBe(String(WORKERS * INCREMENTS));
});

test('a process killed while it writes leaves every object whole, and no one locked out', async () => {
  const store = createFileObjectStore({ directory });
  for (let round = 0; round < 4; round += 1) {
    const { child, firstLine } = runTypeScript(`
      import { createFileObjectStore } from './src/connectors/files/file-object-store.ts';
      const store = createFileObjectStore({ directory: ${JSON.stringify(directory)} });
      for (let n = 0; ; n += 1) {
        const letter = Buffer.from('abcdef').subarray(n % 6, n % 6 + 1);
        await store.put(n % 2 === 0 ? 'x' : 'x/' + (n % 5), Buffer.alloc(200000, letter));
        if (n === 20) console.log('busy');
      }`);
    expect(await firstLine).toBe('busy');
    child.kill('SIGKILL');
    await once(child, 'exit');
    for await (const { key } of store.list('')) {
      const { body } = (await store.get(key))!;
      expect([key, body.length, new Set(body).size]).toEqual([key, 200_000, 1]);
    }
    expect((await store.put('after', Buffer.alloc(200_000))).written).toBe(true);
  }
});

test('keys and paths map onto one another, and no two keys onto one path', () => {
  const segment = fc.oneof(
    fc.constantFrom('', '.', '..', '%', '%+', '%=', '%25', '.tidemark', 'a', 'a%=', '%2E'),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.string({ unit: 'grapheme', minLength: 180, maxLength: 300 }),
  );
  const key = fc
    .array(
      segment.filter((text) => !text.includes('/')),
      { minLength: 1, maxLength: 4 },
    )
    .map((segments) => segments.join('/'));
  fc.assert(
    fc.property(key, (any) => {
      expect(keyOfPath(pathOfKey(any))).toBe(any);
      expect(keyOfShadowPath(shadowPathOfKey(any))).toBe(any);
      for (const name of pathOfKey(any).split('/')) {
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
        expect(['', '.', '..']).not.toContain(name);
        expect(name).not.toContain('\0');
      }
      expect(pathOfKey(any)).not.toMatch(/^\.tidemark(\/|$)/);
    }),
  );
});
