/** Owns the reading of data files: streamed, line by line, verified by the time they end. */
import { messageOf } from '../core/errors.js';
import type { ObjectReader } from '../core/object-store.js';
import { parseChange, type Change } from '../export/change.js';
import type { ExportFile } from '../export/export-manifest.js';
import type { BatchSource } from '../lake/lake.js';
import { corruptFile, unzipFile } from './scan/unzip-file.js';

/** How to read the lines of a data file. */
export interface ChangeFormat {
  readonly kind: 'full' | 'incremental';
  readonly keyAttributes: readonly string[];
}

/** An item is 400 KB at most, and a record two of them, each byte at most six as JSON. */
const MAX_LINE_CHARACTERS = 16 * 1024 * 1024;

/** The changes of a batch, one file after the other; see {@link readChanges}. */
export async function* readAllChanges(
  source: BatchSource,
  format: ChangeFormat,
): AsyncGenerator<Change, void, undefined> {
  for (const file of source.files) {
    for await (const change of readChanges(await source.open(file), file, format)) {
      source.onRecords(1);
      yield change;
    }
  }
}

/** Files of an export as they lie in its bucket. */
export function storedFiles(
  store: ObjectReader,
  files: readonly ExportFile[],
  onRecords: BatchSource['onRecords'] = () => undefined,
): BatchSource {
  return {
    files,
    open: async (file) => {
      const body = await store.openRead(file.key);
      if (body === undefined) throw corruptFile(file, 'does not exist');
      return body;
    },
    onRecords,
  };
}

/**
 * The changes of one data file. Its MD5 and item count are known only at its end: nothing made of
 * the changes may be kept before the generator has returned. CorruptExport names the file.
 */
export async function* readChanges(
  source: AsyncIterable<Uint8Array>,
  file: ExportFile,
  format: ChangeFormat,
): AsyncGenerator<Change, void, undefined> {
  let lineNumber = 0;
  for await (const line of linesOf(unzipFile(source, file), file)) {
    lineNumber++;
    yield parseChange(line, { ...format, file: file.key, lineNumber });
  }
  if (lineNumber !== file.itemCount) {
    throw corruptFile(file, `has ${lineNumber} items where the manifest counts ${file.itemCount}`);
  }
}

async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  file: ExportFile,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const decoded = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw corruptFile(file, `is not gzip of UTF-8 text (${messageOf(cause)})`, cause);
    }
  };
  let tail = '';
  for await (const chunk of chunks) {
    const lines = (tail + decoded(chunk)).split('\n');
    tail = lines.pop() ?? '';
    if (tail.length > MAX_LINE_CHARACTERS) throw corruptFile(file, 'has a line without end');
    yield* lines;
  }
  tail += decoded();
  if (tail !== '') yield tail;
}
