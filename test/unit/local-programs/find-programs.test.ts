/** Owns the tests of the order in which programs are looked for, and of what is said when none is found. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findTemporal } from '../../../src/local/programs/find-temporal.js';
import { findTimeSkippingServer } from '../../../src/local/programs/find-time-skipping-server.js';
import { scratchPrograms, type ScratchPrograms } from '../../support/scratch-programs.js';

/** Port 9 of this machine: refused at once. */
const NO_SERVICE = 'http://127.0.0.1:9';
const TEMPORAL = 'echo "temporal version 1.5.1"';
let scratch: ScratchPrograms;
let lines: string[];
const report = (line: string): void => {
  lines.push(line);
};
const settings = () => ({ env: scratch.env, downloads: NO_SERVICE });
async function addToCache(name: string, script: string): Promise<string> {
  const bin = join(scratch.folder, 'cache', 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, name), 0o755);
  return join(bin, name);
}
beforeEach(async () => {
  scratch = await scratchPrograms();
  lines = [];
});
afterEach(async () => {
  await scratch.remove();
});

describe('findTemporal', () => {
  test('the one that is set comes first', async () => {
    await scratch.add('temporal', TEMPORAL);
    const own = await scratch.add('my-temporal', TEMPORAL);
    expect(await findTemporal(report, { ...settings(), program: own })).toBe(own);
    const env = { ...scratch.env, TIDEMARK_TEMPORAL_CLI: own };
    expect(await findTemporal(report, { ...settings(), env })).toBe(own);
  });

  test.each(['is-not-there', 'temporal-of-another-kind'])(
    'one that is set and %s is refused, whatever else there is',
    async (name) => {
      await scratch.add('temporal', TEMPORAL);
      await scratch.add('temporal-of-another-kind', 'echo "a calendar"');
      const program = join(scratch.folder, 'bin', name);
      await expect(findTemporal(report, { ...settings(), program })).rejects.toMatchObject({
        code: 'MissingProgram',
        subject: program,
        hint: expect.stringContaining('TIDEMARK_TEMPORAL_CLI'),
      });
    },
  );

  test('PATH comes before the cache, the cache before Go', async () => {
    const cached = await addToCache('temporal-1.5.1', TEMPORAL);
    expect(await findTemporal(report, settings())).toBe(cached);
    expect(lines).toEqual([
      'Temporal server: on PATH: no temporal there',
      `Temporal server: in the cache: ${cached}`,
    ]);
    const installed = await scratch.add('temporal', TEMPORAL);
    expect(await findTemporal(report, settings())).toBe(installed);
  });

  test('without a network it is built with Go', async () => {
    await scratch.add('go', 'echo made > "$GOBIN/temporal"');
    expect(await findTemporal(report, settings())).toBe(
      join(scratch.folder, 'cache', 'bin', 'temporal-1.5.1'),
    );
    expect(lines.join('\n')).toContain('building temporal v1.5.1');
  });

  test('when nothing works, every reason and the way by hand are said', async () => {
    const error: unknown = await findTemporal(report, settings()).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'MissingProgram',
      hint: expect.stringContaining('docs.temporal.io/cli'),
    });
    const said = (error as Error).message;
    for (const part of ['on PATH: no temporal there', 'in the cache', 'go is not installed']) {
      expect(said).toContain(part);
    }
    expect(said).toMatch(/download: Cannot download cli v1\.5\.1: .+\./);
  });
});

describe('findTimeSkippingServer', () => {
  test('the one that is set comes first, or is refused', async () => {
    const own = await scratch.add('server', 'exit 0');
    const env = { ...scratch.env, TIDEMARK_TEST_SERVER: own };
    expect(await findTimeSkippingServer(report, { ...settings(), env })).toBe(own);
    const wrong = { ...scratch.env, TIDEMARK_TEST_SERVER: scratch.folder };
    await expect(
      findTimeSkippingServer(report, { ...settings(), env: wrong }),
    ).rejects.toMatchObject({ code: 'MissingProgram', subject: scratch.folder });
  });

  test("without a network it is made of Maven's jars, the jars first", async () => {
    await scratch.add('java', 'exit 0');
    await scratch.add(
      'mvn',
      'for a in "$@"; do case $a in -DoutputDirectory=*) echo > "${a#*=}/a.jar"; esac; done',
    );
    const path = await findTimeSkippingServer(report, settings());
    expect(path).toBe(join(scratch.folder, 'cache', 'bin', 'temporal-test-server-1.38.0'));
    const jars = join(scratch.folder, 'cache', 'temporal-test-server-1.38.0');
    expect(await readdir(jars)).toEqual(['a.jar']);
    lines = [];
    expect(await findTimeSkippingServer(report, settings())).toBe(path);
    expect(lines).toEqual([`Time-skipping test server: in the cache: ${path}`]);
  });

  test.each([
    ['java', ''],
    ['mvn', 'java'],
  ])('says so when %s is missing', async (missing, present) => {
    if (present !== '') await scratch.add(present, 'exit 0');
    await expect(findTimeSkippingServer(report, settings())).rejects.toMatchObject({
      code: 'MissingProgram',
      message: expect.stringContaining(`${missing} is not installed.`),
    });
  });
});
