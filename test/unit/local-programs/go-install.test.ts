/** Owns the tests of building Go programs into the cache: once, whole, and with a reason when not. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { goInstall } from '../../../src/local/programs/go-install.js';
import { runToEnd } from '../../../src/local/programs/run-to-end.js';
import { scratchPrograms, type ScratchPrograms } from '../../support/scratch-programs.js';

const program = { module: 'example.com/tool/cmd/tool', version: 'v2.0.1', binary: 'tool' };
let scratch: ScratchPrograms;
let lines: string[];
const report = (line: string): void => {
  lines.push(line);
};
beforeEach(async () => {
  scratch = await scratchPrograms();
  lines = [];
});
afterEach(async () => {
  await scratch.remove();
});

test('builds once, however many ask at the same time, and leaves nothing else', async () => {
  const built = join(scratch.folder, 'built');
  await scratch.add('go', `echo "$@" >> ${built}; sleep 1; echo "made by go" > "$GOBIN/tool"`);
  const paths = await Promise.all([1, 2].map(() => goInstall(program, report, scratch.env)));
  const expected = join(scratch.folder, 'cache', 'bin', 'tool-2.0.1');
  expect(paths).toEqual([expected, expected]);
  expect(await readFile(expected, 'utf8')).toBe('made by go\n');
  expect(await readFile(built, 'utf8')).toBe('install -v example.com/tool/cmd/tool@v2.0.1\n');
  expect(lines.filter((line) => line.startsWith('waiting for process'))).toHaveLength(1);
  const left = await readdir(join(scratch.folder, 'cache', 'bin'));
  expect(left.filter((name) => name !== '.locks' && name !== 'tool-2.0.1')).toEqual([]);

  lines = [];
  expect(await goInstall(program, report, scratch.env)).toBe(expected);
  expect(lines).toEqual([]);
});

test('go that is missing is said so', async () => {
  await expect(goInstall(program, report, scratch.env)).rejects.toMatchObject({
    code: 'MissingProgram',
    message: 'go is not installed.',
    hint: expect.stringContaining('Install Go'),
  });
});

test('a build that fails says its last lines, caches nothing, and may be tried again', async () => {
  await scratch.add('go', 'echo first; echo "no such module" >&2; exit 1');
  await expect(goInstall(program, report, scratch.env)).rejects.toMatchObject({
    code: 'MissingProgram',
    message: 'go ended with code 1: first\nno such module',
    hint: expect.stringContaining('go-install-tool.log'),
  });
  await scratch.add('go', 'echo ok > "$GOBIN/tool"');
  await expect(goInstall(program, report, scratch.env)).resolves.toContain('tool-2.0.1');
});

test('a slow command shows its seconds and its last line', async () => {
  const shown = new Promise<string>((resolve) => {
    void (async () => {
      const command = await scratch.add('slow', 'echo compiling x; sleep 1');
      const logFile = join(scratch.folder, 'slow.log');
      const slow = { label: 'building', command, args: [], logFile, installHint: '', everyMs: 100 };
      await runToEnd(slow, resolve);
    })();
  });
  expect(await shown).toMatch(/^building: \d+ s, (compiling x|no output yet)$/);
});
