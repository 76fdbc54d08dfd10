/** Owns the tests that a tethered program ends with its parent, and is stopped and read as told. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOf } from '../../../src/local/processes/process-identity.js';
import { tether } from '../../../src/local/processes/tether.js';
import { runTypeScript } from '../../support/run-typescript.js';
import { until } from '../../support/until.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-tether-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const gone = (pid: number) => async () => (await startOf(pid)) === undefined;

describe('tether', () => {
  test('gives the pid of the program itself, its end and its output', async () => {
    const child = tether('sh', ['-c', 'echo "I am $$"; echo oops >&2; exit 7'], {
      logFile: join(folder, 'logs', 'out.log'),
    });
    expect(await child.exited).toEqual({ code: 7, signal: null });
    expect(child.end()).toEqual({ code: 7, signal: null });
    expect(await child.lastLines(10)).toBe(`I am ${child.pid}\noops`);
    expect(await child.lastLines(1)).toBe('oops');
  });

  test('keeps the log of the run before', async () => {
    const logFile = join(folder, 'out.log');
    await tether('echo', ['first'], { logFile }).exited;
    await tether('echo', ['second'], { logFile }).exited;
    expect(await readFile(`${logFile}.old`, 'utf8')).toBe('first\n');
    expect(await readFile(logFile, 'utf8')).toBe('second\n');
  });

  test('passes arguments, environment and folder on as they are', async () => {
    const child = tether('sh', ['-c', 'echo "$1|$WORD|$(pwd -P)"', 'sh', `a 'b' "$c" *`], {
      logFile: join(folder, 'out.log'),
      env: { PATH: process.env['PATH'], WORD: 'x y' },
      cwd: '/',
    });
    await child.exited;
    expect(await child.lastLines(1)).toBe(`a 'b' "$c" *|x y|/`);
  });

  test('a command that is not there ends as in a shell', async () => {
    const child = tether('/no/such/program', [], { logFile: join(folder, 'out.log') });
    expect(await child.exited).toEqual({ code: 127, signal: null });
    expect(await child.lastLines(1)).toContain('/no/such/program');
  });

  test('stop ends it by SIGTERM, and by SIGKILL what ignores that', async () => {
    const mild = tether('sleep', ['600'], { logFile: join(folder, 'mild.log') });
    expect(await mild.stop()).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await mild.stop()).toEqual({ code: null, signal: 'SIGTERM' });
    const deaf = tether('sh', ['-c', `trap '' TERM; echo ready; while :; do sleep 1; done`], {
      logFile: join(folder, 'deaf.log'),
    });
    await until(async () => (await deaf.lastLines(1)) === 'ready');
    expect(await deaf.stop(50)).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('what the program started ends with it', async () => {
    const child = tether('sh', ['-c', 'sleep 600 & echo $!; wait'], {
      logFile: join(folder, 'out.log'),
    });
    await until(async () => (await child.lastLines(1)) !== '');
    const grandchild = Number(await child.lastLines(1));
    expect(await startOf(grandchild)).toBeDefined();
    process.kill(child.pid, 'SIGKILL');
    await child.exited;
    await until(gone(grandchild));
  });

  test.each(['SIGKILL', 'SIGTERM'] as const)('a parent ended by %s leaves none', async (signal) => {
    const { child, firstLine } = runTypeScript(`
      import { tether } from './src/local/processes/tether.js';
      const logFile = ${JSON.stringify(join(folder, 'out.log'))};
      const program = tether('sh', ['-c', "trap '' TERM INT HUP; while :; do sleep 1; done"], { logFile });
      console.log(program.pid);
      setInterval(() => {}, 1000);
    `);
    const pid = Number(await firstLine);
    expect(await startOf(pid)).toBeDefined();
    child.kill(signal);
    await until(gone(pid));
  });
});
