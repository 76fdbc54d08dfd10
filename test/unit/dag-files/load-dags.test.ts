/** Owns the check of how a project's DAG files are found and loaded, and of what is told of bad ones. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { TidemarkError } from '../../../src/core/errors.js';
import { testDag } from '../../../src/dag/index.js';
import { loadDagFile, loadDags, readProjectDags } from '../../../src/dag-files/load-dags.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-dags-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function put(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(directory, name)), { recursive: true });
  await writeFile(join(directory, name), text);
}

/** A DAG of one task, as TypeScript that only TypeScript reads. */
function source(id: string, options = '{}', as = 'export default'): string {
  return `import { dag, type RunContext } from 'tidemark';
${as} dag('${id}', ${options}, (d) => {
  d.task('only', async (_: object, run: RunContext): Promise<string> => run.taskId)({});
});\n`;
}

async function found(dags?: string | readonly string[]): Promise<string[]> {
  const loaded = await loadDags({ dags }, directory);
  return loaded.map(({ dag, file }) => `${dag.id} ${relative(directory, file)}`);
}

async function problem(dags?: string | readonly string[]): Promise<TidemarkError> {
  const error: unknown = await loadDags({ dags }, directory).catch((thrown: unknown) => thrown);
  if (error instanceof TidemarkError) return error;
  throw new Error('it loads');
}

describe('where DAG files are', () => {
  test('nowhere: no DAGs, and no trouble', async () => {
    expect(await found()).toEqual([]);
  });

  test('modules directly in dags/; what they share lies deeper', async () => {
    await put(
      'dags/b.mjs',
      `import { dag } from 'tidemark';\nexport const b = dag('b', {}, (d) => { d.task('t', async () => 1)({}); });\n`,
    );
    await put('dags/a.ts', `import { name } from './lib/name';\n${source('a')}void name;\n`);
    await put('dags/lib/name.ts', 'export const name: string = "x";\n');
    await put('dags/a.test.ts', 'throw new Error("a test");\n');
    await put('dags/types.d.ts', 'export {};\n');
    expect(await found()).toEqual(['a dags/a.ts', 'b dags/b.mjs']);
  });

  test('files, directories and globs, each file once', async () => {
    await put('one.ts', source('one'));
    await put('flows/two.ts', source('two'));
    await put('team/x/three.dag.ts', source('three'));
    expect(await found(['one.ts', 'flows', 'team/**/*.dag.ts', 'flows/*.ts'])).toEqual([
      'one one.ts',
      'two flows/two.ts',
      'three team/x/three.dag.ts',
    ]);
  });

  test.each([
    ['none.ts', 'There is no DAG file none.ts.'],
    ['none/*.ts', 'There is no DAG file none/*.ts.'],
    ['empty', 'empty holds no DAG file.'],
  ])('%s leads to nothing', async (path, says) => {
    await mkdir(join(directory, 'empty'));
    expect((await problem(path)).message).toBe(says);
  });
});

describe('what a file exports', () => {
  test('several DAGs by name', async () => {
    const [, ...second] = source('b', '{}', 'export const b =').split('\n');
    await put('dags/a.ts', `${source('a')}${second.join('\n')}`);
    expect((await found()).sort()).toEqual(['a dags/a.ts', 'b dags/a.ts']);
  });

  test.each(['commonjs', 'module'])('in a project of type %s', async (type) => {
    await put('package.json', JSON.stringify({ type }));
    await put('dags/a.ts', source('a'));
    expect(await found()).toEqual(['a dags/a.ts']);
  });

  test('CommonJS as such', async () => {
    await put(
      'dags/a.cjs',
      `const { dag } = require('tidemark');\nmodule.exports = dag('a', {}, (d) => { d.task('t', async () => 1)({}); });\n`,
    );
    expect(await found()).toEqual(['a dags/a.cjs']);
  });

  test('bodies see the very classes of this package; zod is there', async () => {
    await put(
      'dags/a.ts',
      `import { dag, TidemarkError } from 'tidemark';
import { z } from 'zod';
export default dag('a', { params: z.object({ n: z.number().default(1) }) }, (d) => {
  d.task('final', async (_: object, run) => {
    throw new TidemarkError(\`n is \${run.params.n}.\`, { code: 'NotFound', subject: 'n' });
  }, { retries: 3 })({});
});\n`,
    );
    const [loaded] = await loadDags({}, directory);
    const run = await testDag(loaded!.dag);
    // Not retryable: known by its class, so three tries more are not taken.
    expect(run.tasks['final']).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: { message: 'n is 1.' },
    });
  });
});

describe('what is wrong is told with its file and line', () => {
  test.each([
    [
      'throws',
      'const n: number = 1;\nthrow new Error(`no ${n}`);\n',
      /^dags\/x\.ts:2 could not be loaded: no 1\.$/,
    ],
    [
      'is no TypeScript',
      'const n = 1;\nconst m = {{;\n',
      /^dags\/x\.ts:2 could not be loaded: ParseError: .*\.$/,
    ],
    ['throws no error', 'throw null;\n', /^dags\/x\.ts could not be loaded: null\.$/],
    ['holds no DAG', 'export const n: number = 1;\n', /^dags\/x\.ts exports no DAG\.$/],
    [
      'defines it wrongly',
      "import { dag } from 'tidemark';\nexport default dag('x', {}, (d) => {\n  d.task('t', async () => 1);\n});\n",
      /^Task 't' is declared but not in the graph\. \(.*\/dags\/x\.ts:3\)$/,
    ],
  ])('a file that %s', async (_what, text, says) => {
    await put('dags/x.ts', text);
    const error = await problem();
    expect(error.message).toMatch(says);
    expect(error).toMatchObject({ code: 'InvalidConfig', hint: expect.any(String) as unknown });
  });

  test('one id in two files', async () => {
    await put('dags/a.ts', source('orders'));
    await put('dags/b.ts', source('orders'));
    expect((await problem()).message).toBe(
      'DAG orders is defined twice: in dags/a.ts and in dags/b.ts.',
    );
  });

  test('one pool of two sizes', async () => {
    await put('dags/a.ts', source('a', '{ pools: { db: 4 } }'));
    await put('dags/b.ts', source('b', '{ pools: { db: 8, constructor: 1 } }'));
    expect((await problem()).message).toBe('Pool db has 4 slots in dags/a.ts and 8 in dags/b.ts.');
  });

  test('all problems at once; the rest can be used', async () => {
    await put('dags/a.ts', 'throw new Error("no a");\n');
    await put('dags/b.ts', 'throw new Error("no b");\n');
    await put('dags/c.ts', source('c'));
    expect((await problem()).message).toBe(
      'dags/a.ts:1 could not be loaded: no a.\ndags/b.ts:1 could not be loaded: no b.',
    );
    const { dags, problems } = await readProjectDags({}, directory);
    expect(dags.map(({ dag }) => dag.id)).toEqual(['c']);
    expect(problems).toHaveLength(2);
  });
});

test('one file by its path', async () => {
  await put('anywhere/x.ts', source('x'));
  const loaded = await loadDagFile(join(directory, 'anywhere/x.ts'), directory);
  expect(loaded.map(({ dag }) => dag.id)).toEqual(['x']);
});
