/** Owns the contract of table files on every object store. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createObjectFileIo } from '../../src/catalogs/object-file-io.js';
import { ErrorCode } from '../../src/core/errors.js';
import type { FileIo } from '../../src/iceberg/file-io.js';
import { STORE_KINDS, type StoreUnderTest } from '../support/object-stores.js';

describe.each(STORE_KINDS)('table files on $name', ({ start }) => {
  let underTest: StoreUnderTest;
  let files: FileIo;
  let root: string;
  beforeAll(async () => {
    underTest = await start();
    files = createObjectFileIo(underTest.store);
    root = `${underTest.store.url}/lake`;
  }, 600_000);
  afterAll(async () => {
    await underTest.stop();
  });

  test('are written, read, listed and deleted by location', async () => {
    const [a, b, elsewhere] = [`${root}/t/data/a`, `${root}/t/data/deep/b`, `${root}/t2/data/c`];
    for (const location of [a, b, elsewhere]) {
      expect(await files.write(location, Buffer.from(location))).toBe(true);
    }
    expect(Buffer.from(await files.read(b)).toString()).toBe(b);
    const listed = [];
    for await (const file of files.list(`${root}/t`)) listed.push(file);
    expect(listed).toEqual([a, b].map((location) => ({ location, sizeBytes: location.length })));
    await files.delete([a, `${root}/t/missing`, b]);
    await expect(files.read(a)).rejects.toMatchObject({ code: ErrorCode.NotFound, subject: a });
    expect(Buffer.from(await files.read(elsewhere)).toString()).toBe(elsewhere);
  });

  test('are written only where none is, when asked to', async () => {
    const location = `${root}/once`;
    expect(await files.write(location, Buffer.from('1'), { ifAbsent: true })).toBe(true);
    expect(await files.write(location, Buffer.from('2'), { ifAbsent: true })).toBe(false);
    expect(Buffer.from(await files.read(location)).toString()).toBe('1');
  });

  test('are uploaded from local files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-upload-'));
    try {
      await writeFile(join(folder, 'local'), 'from disk');
      await files.writeFile(`${root}/uploaded`, join(folder, 'local'));
      expect(Buffer.from(await files.read(`${root}/uploaded`)).toString()).toBe('from disk');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('outside the store, or where readers could not follow, are refused', async () => {
    for (const location of ['s3://elsewhere/x', `${root}/a?b`, `${root}/a/../b`]) {
      const refusal = { code: ErrorCode.InvalidConfig, subject: location };
      await expect(files.write(location, Buffer.from('x'))).rejects.toMatchObject(refusal);
      await expect(files.writeFile(location, 'package.json')).rejects.toMatchObject(refusal);
    }
  });
});
