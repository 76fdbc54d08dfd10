/** Owns the tests of reading data files in threads: what comes back, and what becomes of failures. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TidemarkError } from '../../../src/core/errors.js';
import { instantOfSeconds } from '../../../src/core/instant.js';
import type { ExportFile } from '../../../src/export/export-manifest.js';
import { parseTableEvidence } from '../../../src/lake/evidence.js';
import type { BatchSource } from '../../../src/lake/lake.js';
import { fileRuns } from '../../../src/processing/threads/file-runs.js';
import { runFiles } from '../../../src/processing/threads/run-files.js';
import type { WriteTask, WrittenRun } from '../../../src/processing/threads/write-run.js';

const FULL = { kind: 'full' } as const;
const SCHEMA = {
  keyAttributes: ['pk'],
  columns: [{ attribute: 'pk', name: 'pk', type: { kind: 'string' } }],
} as const;
const FIELDS = [
  { name: 'pk', id: 1, required: true, type: { kind: 'string' } },
  { name: '_written_at_micros', id: 2, required: false, type: { kind: 'long' } },
  { name: '_rest', id: 3, required: false, type: { kind: 'string' } },
] as const;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-threads-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

interface SourceFile {
  readonly file: ExportFile;
  readonly body: Uint8Array;
}

function fileOf(name: string, lines: readonly string[]): SourceFile {
  const body = gzipSync(lines.map((line) => `${line}\n`).join(''));
  const md5 = createHash('md5').update(body).digest('base64');
  return { body, file: { key: `data/${name}.json.gz`, itemCount: lines.length, md5 } };
}

/** `count` items whose keys begin with the file's name. */
function itemsFile(name: string, count: number): SourceFile {
  return fileOf(
    name,
    Array.from({ length: count }, (_, row) => `{"Item":{"pk":{"S":"${name}-${row}"}}}`),
  );
}

interface Watched {
  readonly source: BatchSource;
  /** Records heard of. */
  readonly heard: () => number;
  /** Files opened, and not let go of. */
  readonly open: () => number;
}

function watch(files: readonly SourceFile[], onRecords: () => void = () => undefined): Watched {
  let [heard, open] = [0, 0];
  async function* pieces(body: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
    open++;
    try {
      for (let at = 0; at < body.length; at += 1000) yield body.subarray(at, at + 1000);
    } finally {
      open--;
    }
  }
  return {
    source: {
      files: files.map(({ file }) => file),
      open: async (wanted) => {
        const found = files.find(({ file }) => file.key === wanted.key);
        if (found !== undefined) return pieces(found.body);
        throw new TidemarkError('It is not there.', {
          code: 'NotFound',
          subject: wanted.key,
          hint: 'Look elsewhere.',
        });
      },
      onRecords: (count) => {
        onRecords();
        heard += count;
      },
    },
    heard: () => heard,
    open: () => open,
  };
}

async function write(
  source: BatchSource,
  name: string,
  format: WriteTask['format'] = FULL,
): Promise<readonly WrittenRun[]> {
  return await runFiles('write', source, async (files, index) => {
    const directory = join(folder, name, String(index));
    await mkdir(directory, { recursive: true });
    const place = { fields: FIELDS, partitionFields: [], directory, fileBytes: 2 ** 28 };
    return { files, format, schema: SCHEMA, ...place };
  });
}

async function profile(source: BatchSource): Promise<number> {
  const texts = await runFiles('profile', source, (files) => ({
    files,
    format: FULL,
    keyAttributes: ['pk'],
    unseen: [],
  }));
  return texts
    .map((text) => parseTableEvidence(text).keys.get('pk')?.strings ?? 0)
    .reduce((sum, strings) => sum + strings, 0);
}

describe('reading data files in threads', () => {
  test('writes the rows of many small files in few row groups, the same bytes each time', async () => {
    const files = Array.from({ length: 30 }, (_, index) => itemsFile(`f${index}`, index));
    const { source, heard, open } = watch(files);
    const [first, ...more] = await write(source, 'first');
    const [second] = await write(source, 'second');
    expect(more).toEqual([]);
    expect(first?.records).toBe(435);
    expect(first?.counts.load).toBe(435);
    expect(first?.files.map(({ facts }) => facts.splitOffsets.length)).toEqual([1]);
    expect([heard(), open()]).toEqual([2 * 435, 0]);
    const bytes = async (run: WrittenRun | undefined): Promise<Buffer> =>
      await readFile(run?.files[0]?.path ?? '');
    const body = await bytes(first);
    expect(body.equals(await bytes(second))).toBe(true);
    expect(body).toHaveLength(first?.files[0]?.facts.sizeBytes ?? 0);
  });

  test('profiles several runs at once, and gives them in the order of the files', async () => {
    const files = Array.from({ length: 3 }, (_, index) => itemsFile(`big${index}`, 60_000));
    const { source, heard } = watch(files);
    expect(fileRuns(source.files)).toHaveLength(3);
    expect(await profile(source)).toBe(180_000);
    expect(heard()).toBe(180_000);
    const runs = await write(source, 'three');
    expect(runs.map(({ records }) => records)).toEqual([60_000, 60_000, 60_000]);
  });

  test.each([
    ['profile', profile],
    ['write', async (source: BatchSource) => await write(source, 'bad')],
  ])('names file and line of what is no record: %s', async (_what, read) => {
    const files = [itemsFile('good', 10), fileOf('bad', ['{"Item":{"pk":{"S":"a"}}}', '{"Item":'])];
    const { source, open } = watch(files);
    const failure = await read(source).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TidemarkError);
    expect(failure).toMatchObject({
      code: 'CorruptExport',
      subject: 'data/bad.json.gz',
      retryable: false,
      message: expect.stringMatching(/^Line 2 of data\/bad\.json\.gz/) as unknown,
    });
    expect(open()).toBe(0);
    // The thread is as good as new.
    expect(await profile(watch([itemsFile('good', 10)]).source)).toBe(10);
  });

  test('passes on what the source throws, and stops the other runs', async () => {
    const there = [itemsFile('a', 60_000), itemsFile('b', 60_000)];
    const { source, open } = watch(there);
    const gone: ExportFile = { key: 'data/gone.json.gz', itemCount: 60_000, md5: '' };
    await expect(profile({ ...source, files: [...source.files, gone] })).rejects.toMatchObject({
      code: 'NotFound',
      subject: gone.key,
      hint: 'Look elsewhere.',
    });
    expect(open()).toBe(0);
  });

  test('ends in the middle of a file when whoever watches the work says so', async () => {
    const reason = new Error('enough');
    let calls = 0;
    const { source, open } = watch([itemsFile('long', 60_000)], () => {
      if (++calls > 20) throw reason;
    });
    await expect(profile(source)).rejects.toBe(reason);
    expect(open()).toBe(0);
  });

  test.each([
    ['a full load', FULL, '{"Item":{"pk":{"N":"1"}}}'],
    [
      'a window',
      {
        kind: 'incremental',
        view: 'NEW_IMAGE',
        window: { from: instantOfSeconds(0), to: instantOfSeconds(900) },
      },
      '{"Metadata":{"WriteTimestampMicros":{"N":"1"}},"Keys":{"pk":{"N":"1"}},"NewImage":{"pk":{"N":"1"}}}',
    ],
  ] as const)(
    'writes nothing of a key that its column cannot hold: %s',
    async (name, format, line) => {
      const { source } = watch([fileOf('number', [line])]);
      const [run] = await write(source, name, format);
      expect(run).toMatchObject({ unheldKey: 'pk', files: [] });
      // All of it was read: only then is it known which type the key needs.
      const { keys } = parseTableEvidence(run!.evidence);
      expect(keys.get('pk')?.numbers?.shapes).toEqual(new Map([['1.0', 1]]));
    },
  );
});
