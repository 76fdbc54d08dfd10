/** Owns Parquet files that tests write. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ParquetFileFacts } from '../../src/parquet/file-facts.js';
import {
  createParquetWriter,
  type ParquetWriterOptions,
} from '../../src/parquet/parquet-writer.js';
import { columnsOf, type Row } from './parquet-vectors.js';

/** A file's bytes, and what its writer said of it. */
export interface WrittenFile {
  readonly bytes: Uint8Array;
  readonly facts: ParquetFileFacts;
}

/** Writes a file of one row group for each of `groups`. */
export async function writeParquet(
  options: ParquetWriterOptions,
  groups: readonly (readonly Row[])[],
): Promise<WrittenFile> {
  const pieces: Uint8Array[] = [];
  const writer = createParquetWriter(options, (bytes) => {
    pieces.push(bytes);
  });
  for (const rows of groups) {
    await writer.writeRowGroup(columnsOf(options.fields, rows), rows.length);
  }
  const facts = await writer.close();
  return { bytes: Buffer.concat(pieces), facts };
}

/** Runs `use` with the path of a file of these bytes, which is gone afterwards. */
export async function withFile<T>(
  bytes: Uint8Array,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-parquet-'));
  try {
    const path = join(folder, 'file.parquet');
    await writeFile(path, bytes);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}
