/** Owns the writing of a query's rows as Parquet files. */
import { open } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { assert } from '../../../core/assert.js';
import type { ColumnType } from '../../../lake/column-type.js';
import { BEST_COMPRESSION } from '../../../parquet/compression.js';
import type { ParquetFileFacts } from '../../../parquet/file-facts.js';
import type { ParquetField } from '../../../parquet/parquet-field.js';
import { createParquetWriter, type ParquetWriter } from '../../../parquet/parquet-writer.js';
import { ColumnFiller } from './column-filler.js';

export interface QueryFiles {
  readonly connection: DuckDBConnection;
  /** Queries whose rows follow one another. Their columns are of `types`, in this order. */
  readonly queries: readonly string[];
  readonly fields: readonly ParquetField[];
  readonly types: readonly ColumnType[];
  /** A file is ended when it has reached this size. */
  readonly fileBytes: number;
}

/** What a row group takes before it is encoded, and how many rows it has at most. */
const GROUP_BYTES = 32 * 1024 * 1024;
const GROUP_ROWS = 128 * 1024;

/**
 * Writes file after file at `path` and gives each to `keep`, after which the path is written over;
 * none for no rows.
 */
export async function writeQuery(
  { connection, queries, fields, types, fileBytes }: QueryFiles,
  path: string,
  keep: (facts: ParquetFileFacts) => Promise<void>,
): Promise<void> {
  const filler = new ColumnFiller(types);
  let file: OpenFile | undefined;
  const flush = async (): Promise<void> => {
    if (filler.rows === 0) return;
    file ??= await openFile(fields, path);
    await file.writer.writeRowGroup(filler.vectors(), filler.rows);
    filler.reset();
  };
  const end = async (): Promise<void> => {
    const facts = await file?.close();
    file = undefined;
    if (facts !== undefined) await keep(facts);
  };
  try {
    for (const query of queries) {
      const result = await connection.stream(query);
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) break;
        filler.add(chunk);
        if (filler.sizeBytes < GROUP_BYTES && filler.rows < GROUP_ROWS) continue;
        await flush();
        if ((file?.writer.sizeBytes ?? 0) >= fileBytes) await end();
      }
    }
    await flush();
    await end();
  } finally {
    await file?.abandon();
  }
}

interface OpenFile {
  readonly writer: ParquetWriter;
  close(): Promise<ParquetFileFacts>;
  abandon(): Promise<void>;
}

async function openFile(fields: readonly ParquetField[], path: string): Promise<OpenFile> {
  const handle = await open(path, 'w');
  const writer = createParquetWriter({ fields, compression: BEST_COMPRESSION }, (bytes) =>
    handle.appendFile(bytes),
  );
  return {
    writer,
    close: async () => {
      const facts = await writer.close();
      assert((await handle.stat()).size === facts.sizeBytes, 'a file is as large as was written');
      await handle.close();
      return facts;
    },
    abandon: () => handle.close(),
  };
}
