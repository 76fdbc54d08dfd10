/** Owns the tests of locks between processes: held by the living, taken over from the killed. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOf } from '../../../src/local/processes/process-identity.js';
import { lockDirectory, withLock } from '../../../src/local/processes/process-lock.js';
import { runTypeScript } from '../../support/run-typescript.js';
import { until } from '../../support/until.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-lock-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const holderScript = (directory: string): string => `
  import { lockDirectory } from './src/local/processes/process-lock.js';
  await lockDirectory(${JSON.stringify(directory)});
  console.log(process.pid);
  setInterval(() => {}, 1000);`;

describe('lockDirectory', () => {
  test('is free again after release, and leaves nothing', async () => {
    const state = join(folder, 'new', 'state');
    const lock = await lockDirectory(state);
    await lock.release();
    expect(await readdir(state)).toEqual([]);
    await (await lockDirectory(state)).release();
  });

  test('a second lock in the same process is refused', async () => {
    const lock = await lockDirectory(folder);
    await expect(lockDirectory(folder)).rejects.toMatchObject({ code: 'InvalidUsage' });
    await lock.release();
  });

  test('a live process keeps it; a killed one loses it', async () => {
    const { child, firstLine } = runTypeScript(holderScript(folder));
    const pid = await firstLine;
    await expect(lockDirectory(folder)).rejects.toMatchObject({
      code: 'InvalidUsage',
      subject: folder,
      message: expect.stringContaining(pid),
      hint: expect.stringContaining(`kill ${pid}`),
    });
    child.kill('SIGKILL');
    await until(async () => (await startOf(Number(pid))) === undefined);
    await (await lockDirectory(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('a later process with the pid of a dead holder holds nothing', async () => {
    await writeFile(join(folder, `.lock.${process.ppid}.0`), '');
    await (await lockDirectory(folder)).release();
  });
});

test('withLock waits for the holder, says so once, and releases after a failure', async () => {
  const lock = await lockDirectory(folder);
  const waited: number[] = [];
  let worked = false;
  const work = withLock(
    folder,
    ({ pid }) => waited.push(pid),
    () => {
      worked = true;
      return Promise.reject(new Error('work failed'));
    },
  );
  await until(() => waited.length > 0);
  expect(worked).toBe(false);
  await lock.release();
  await expect(work).rejects.toThrow('work failed');
  expect(waited).toEqual([process.pid]);
  expect(await readdir(folder)).toEqual([]);
});
