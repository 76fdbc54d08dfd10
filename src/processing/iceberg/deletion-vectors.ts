/** Owns writing a commit's deletion vectors: each is all that is taken out of its data file, by commits before too. */
import { assert } from '../../core/assert.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { readDeletionVector } from '../../iceberg/deletion-vector.js';
import type { FileIo } from '../../iceberg/file-io.js';
import type { LiveFile } from '../../iceberg/live-file.js';
import { isDeletionVector, type DataFile } from '../../iceberg/manifest.js';
import { planScan } from '../../iceberg/plan-scan.js';
import { writePuffin, type DeletedPositions } from '../../iceberg/puffin-file.js';
import type { TableMetadata } from '../../iceberg/table-metadata.js';
import { currentSnapshot, dataFolder } from '../../iceberg/table-state.js';
import { readOnce } from '../read-once.js';
import type { PositionDeletes } from './position-deletes.js';

/**
 * Writes one file of vectors under a name that begins with `commitUuid`; the vectors are to be added by
 * the commit, which takes those out whose place they take. Format version 3 has one vector a data file:
 * https://iceberg.apache.org/spec/#deletion-vectors. `added` are the data files of the same commit.
 */
export async function writeDeletionVectors(
  io: FileIo,
  metadata: TableMetadata,
  deletes: PositionDeletes,
  { added, commitUuid }: { readonly added: readonly DataFile[]; readonly commitUuid: string },
): Promise<readonly DataFile[]> {
  const snapshot = currentSnapshot(metadata);
  assert(snapshot !== undefined, 'rows are taken out of a snapshot');
  const plan = await planScan(metadata, snapshot['snapshot-id'], (at) => io.read(at));
  const live = new Map(plan.dataFiles.map((each) => [each.file.file_path, each]));
  const own = new Map(added.map((file) => [file.file_path, file]));
  const readPuffin = readOnce((location) => io.read(location));
  const deleted: DeletedPositions[] = [];
  for (const { path, positions } of deletes.files()) {
    const found = live.get(path);
    const file = found?.file ?? own.get(path);
    assert(file !== undefined, 'rows are taken out of files of the table, or of its next snapshot');
    const before = found === undefined ? [] : await takenOut(plan.deletesOf(found), readPuffin);
    const all = Array.from(Float64Array.from(new Set([...before, ...positions])).sort());
    if (all.length === before.length) continue;
    const place = { specId: file.spec_id, partition: file.partition };
    deleted.push({ path, positions: all, place });
  }
  if (deleted.length === 0) return [];
  const location = `${dataFolder(metadata)}/${commitUuid}-deletes.puffin`;
  const { bytes, vectors } = writePuffin(location, deleted);
  await io.write(location, bytes);
  return vectors;
}

/** The positions that a data file's deletes name so far. */
async function takenOut(
  deletes: readonly LiveFile[],
  readPuffin: (location: string) => Promise<Uint8Array>,
): Promise<readonly number[]> {
  const [vector, ...others] = deletes;
  if (vector === undefined) return [];
  const foreign = isDeletionVector(vector.file) ? others[0] : vector;
  if (foreign === undefined) {
    return readDeletionVector(await readPuffin(vector.file.file_path), vector.file);
  }
  throw new TidemarkError(
    `${foreign.file.file_path} deletes rows otherwise than by a deletion vector, as others left it.`,
    {
      code: ErrorCode.InvalidConfig,
      subject: foreign.file.file_path,
      hint: 'Rewrite the table’s delete files with the engine that raised its format version, or ask for a resync.',
    },
  );
}
