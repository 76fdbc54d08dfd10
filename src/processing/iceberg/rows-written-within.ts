/** Owns finding the live rows that were last written in a stretch of time, by the files' metrics and then by their rows. */
import type { DataFile } from '../../iceberg/manifest.js';
import { HASH_WORDS } from '../../positions/key-hashes.js';
import { joinHashes } from './change-log.js';
import { readKeys, type KeyFiles } from './read-keys.js';
import type { FoundRow, HashedRows, WriteStretch } from './row-finder.js';

/** Reads files that have such rows alone: what windows of late brought, and where care put it since. */
export async function rowsWrittenWithin(
  files: KeyFiles,
  { fromMicros, toMicros }: WriteStretch,
): Promise<HashedRows> {
  const fieldId = files.known.columns.writtenAtMicrosId;
  const dataFiles = files.plan.dataFiles.filter(({ file }) =>
    mayBeWrittenSince(file, fieldId, fromMicros),
  );
  const hashes: HashedRows['hashes'][] = [];
  const rows: FoundRow[] = [];
  for await (const part of readKeys(files, dataFiles)) {
    const { filePath: path, keys, positions, writtenAtMicros } = part;
    for (let index = 0; index < keys.length; index++) {
      const micros = writtenAtMicros[index] as number;
      if (!(micros >= fromMicros && micros < toMicros)) continue;
      const from = index * HASH_WORDS;
      hashes.push({ length: 1, words: keys.words.subarray(from, from + HASH_WORDS) });
      rows.push({ path, position: positions[index] as number, writtenAtMicros: micros });
    }
  }
  return { hashes: joinHashes(hashes), rows };
}

/** False where the metrics rule it out; those of other writers may be missing. */
function mayBeWrittenSince(file: DataFile, fieldId: number, fromMicros: number): boolean {
  const of = <V>(
    metrics: readonly { readonly key: number; readonly value: V }[] | null | undefined,
  ): V | undefined => metrics?.find(({ key }) => key === fieldId)?.value;
  const nulls = of(file.null_value_counts);
  // A full export's rows have no time of writing.
  if (nulls !== undefined && nulls >= file.record_count) return false;
  const upper = of(file.upper_bounds);
  if (upper?.length !== 8) return true;
  return Number(new DataView(upper.buffer, upper.byteOffset, 8).getBigInt64(0, true)) >= fromMicros;
}
