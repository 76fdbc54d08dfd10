/** Owns that an index whose files are damaged is dropped, and never fails or answers wrongly. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ErrorCode } from '../../../src/core/errors.js';
import { diskTrouble } from '../../../src/positions/disk-trouble.js';
import { openPositionIndex } from '../../../src/positions/open-position-index.js';
import type { PositionIndex } from '../../../src/positions/position-index.js';
import { expectModel, placesIn } from './expect-model.js';
import { WINDOW_KEYS, firstModel, hashesOf, rowsOf, windowAt } from './table-model.js';

const { update, after } = windowAt(1, firstModel());
let directory: string;

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'positions-')), 'index');
  const index = await open();
  await index.rebuild(1n, rowsOf(firstModel()));
  await index.apply(update);
  await index.close();
});

afterEach(() => rm(join(directory, '..'), { recursive: true }));

/** With every run read from disk, as those of a large table are. */
function open(): Promise<PositionIndex> {
  return openPositionIndex({ directory, tableUuid: 'table', entriesInMemory: 0 });
}

/** Whatever was done to it: right answers or none, and as good as new after a rebuild. */
async function expectSound(index: PositionIndex): Promise<'kept' | 'dropped'> {
  const known = await index.lookup(2n, hashesOf(WINDOW_KEYS));
  if (known !== undefined)
    expect(placesIn(known)).toEqual(WINDOW_KEYS.map((key) => after.get(key)));
  else expect(index.snapshotId).toBeUndefined();
  expect(await index.rebuild(3n, rowsOf(after))).toMatchObject({ built: true });
  await expectModel(index, 3n, after, WINDOW_KEYS);
  await index.close();
  return known === undefined ? 'dropped' : 'kept';
}

async function filesOf(kind: 'head' | 'run'): Promise<string[]> {
  const names = await readdir(directory);
  return names.filter((name) => name.startsWith(kind)).map((name) => join(directory, name));
}

describe.each(['head', 'run'] as const)('a %s that', (kind) => {
  test.each<[string, (path: string) => Promise<unknown>]>([
    ['is gone', (path) => rm(path)],
    ['is empty', (path) => truncate(path)],
    ['ends early', async (path) => truncate(path, (await readFile(path)).length - 7)],
    ['goes on', (path) => appendFile(path, 'x')],
    ['is a directory', (path) => rm(path).then(() => mkdir(path))],
    ['is zeros', async (path) => writeFile(path, Buffer.alloc((await readFile(path)).length))],
  ])('%s makes an empty index', async (_, damage) => {
    for (const path of await filesOf(kind)) await damage(path);
    expect(await expectSound(await open())).toBe('dropped');
  });
});

test('a bit that flips anywhere is seen, also in an index that is open', async () => {
  const originals = new Map<string, Buffer>();
  for (const path of [...(await filesOf('head')), ...(await filesOf('run'))])
    originals.set(path, await readFile(path));
  const seen = { kept: 0, dropped: 0 };
  for (const [path, bytes] of originals) {
    for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 20)) {
      await rm(directory, { recursive: true });
      await mkdir(directory);
      for (const [other, content] of originals) await writeFile(other, content);
      const openBefore = at % 2 === 0 ? await open() : undefined;
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1 << (at % 8);
      await writeFile(path, flipped);
      seen[await expectSound(openBefore ?? (await open()))]++;
    }
  }
  expect(seen.dropped).toBeGreaterThan(seen.kept);
});

test('a directory that vanished, and a file in its place, make an empty index', async () => {
  const index = await open();
  await rm(directory, { recursive: true });
  expect(await index.lookup(2n, hashesOf([1]))).toBeUndefined();
  await index.close();
  await rm(directory, { recursive: true });
  await writeFile(directory, 'no directory');
  expect(await expectSound(await open())).toBe('dropped');
});

test('a head that nothing can come after makes a new directory', async () => {
  await writeFile(join(directory, `head-${'9'.repeat(15)}`), 'x');
  expect(await expectSound(await open())).toBe('dropped');
});

test('what processes left behind when they were killed goes with the next change', async () => {
  const uuid = '00000000-0000-4000-8000-000000000000';
  for (const name of [`run-000000000000003-${uuid}`, `staged-000000000000001-${uuid}`])
    await writeFile(join(directory, name), 'torn');
  const ofLater = `run-000000000000009-${uuid}`;
  await writeFile(join(directory, ofLater), 'being written');
  const index = await open();
  await index.apply(windowAt(2, after).update);
  expect(await readdir(directory)).toHaveLength(index.stats().runs + 2);
  expect(await readdir(directory)).toContain(ofLater);
  await index.close();
});

describe('a disk', () => {
  test.each([
    ['ENOSPC', ErrorCode.DiskFull, true],
    ['EDQUOT', ErrorCode.DiskFull, true],
    ['EACCES', ErrorCode.AccessDenied, false],
    ['EROFS', ErrorCode.AccessDenied, false],
  ])('that says %s is told as %s', (errno, code, retryable) => {
    const cause = Object.assign(new Error(`${errno}: write`), { code: errno });
    expect(diskTrouble(cause, directory)).toMatchObject({ code, retryable, subject: directory });
  });

  test('with other troubles is told as it is', () => {
    const cause = Object.assign(new Error('EMFILE: open'), { code: 'EMFILE' });
    expect(diskTrouble(cause, directory)).toBe(cause);
  });

  test('that takes no more leaves the index as it was', async () => {
    const script = `
      import { openPositionIndex } from './src/positions/open-position-index.js';
      import { hashesOf } from './test/unit/positions/table-model.js';
      const index = await openPositionIndex({ directory: ${JSON.stringify(directory)}, tableUuid: 'table' });
      const keys = hashesOf(Array.from({ length: 20_000 }, (_, key) => key));
      const puts = [{ filePath: 'big', keys, positions: 0 }];
      const told = (error) => console.log(JSON.stringify([error.name, error.code, error.retryable]));
      await index.apply({ parentSnapshotId: 2n, snapshotId: 3n, puts, removals: hashesOf([]) }).catch(told);
      await index.rebuild(3n, (async function* () { yield* puts; })()).catch(told);
      console.log(String(index.snapshotId));`;
    // The shell's limit on a file's size stands for the disk's: 64 blocks of 1 KiB, or of 512 bytes.
    const loader = `const { createJiti } = await import('jiti');
      const jiti = createJiti(process.cwd() + '/', { fsCache: false, moduleCache: false });
      await jiti.evalModule(${JSON.stringify(script)}, { filename: process.cwd() + '/script.ts', async: true, forceTranspile: true });`;
    const child = spawn(
      'sh',
      ['-c', 'ulimit -f 64; exec "$0" --input-type=module -e "$1"', process.execPath, loader],
      {
        env: { ...process.env, NODE_OPTIONS: '' },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let output = '';
    child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
    await once(child, 'close');
    const told = '["TidemarkError","DiskFull",true]';
    expect(output.trim().split('\n')).toEqual([told, told, '2']);
    const index = await open();
    await expectModel(index, 2n, after, WINDOW_KEYS);
    expect(await readdir(directory)).toHaveLength(3);
    await index.close();
  });
});
