/** Owns Puffin files of deletion vectors, and how they are listed in a manifest. */
import { encodeDeletionVector } from './deletion-vector.js';
import { FileContent, type DataFile } from './manifest.js';
import type { FilePlace } from './parquet-data-file.js';

const MAGIC = Buffer.from('PFA1', 'latin1');
/** Iceberg's reserved id of `_pos`, the place of a row in its file. */
const ROW_POSITION_ID = 2147483645;
const CREATED_BY = 'tidemark';

/** What is deleted of one data file: all of it, as the vector replaces the one before. */
export interface DeletedPositions {
  /** The data file, which lies in the partition of `place`. */
  readonly path: string;
  /** Ascending from 0 on, none twice. */
  readonly positions: readonly number[];
  readonly place: Omit<FilePlace, 'location'>;
}

export interface PuffinFile {
  readonly bytes: Uint8Array;
  /** A record for each vector, to be added by one commit. */
  readonly vectors: readonly DataFile[];
}

/**
 * A Puffin file, to be written at `location`, with a vector for each data file.
 *
 * Source: https://iceberg.apache.org/puffin-spec/#file-structure
 */
export function writePuffin(location: string, deleted: readonly DeletedPositions[]): PuffinFile {
  const parts: Buffer[] = [MAGIC];
  let offset = MAGIC.length;
  const placed = deleted.map(({ path, positions, place }) => {
    const blob = encodeDeletionVector(positions);
    const found = { path, place, cardinality: positions.length, offset, length: blob.length };
    parts.push(blob);
    offset += blob.length;
    return found;
  });
  const payload = Buffer.from(
    JSON.stringify({
      blobs: placed.map(({ path, cardinality, offset: at, length }) => ({
        type: 'deletion-vector-v1',
        fields: [ROW_POSITION_ID],
        // Not known before the commit; -1 stands for both.
        'snapshot-id': -1,
        'sequence-number': -1,
        offset: at,
        length,
        properties: { 'referenced-data-file': path, cardinality: String(cardinality) },
      })),
      properties: { 'created-by': CREATED_BY },
    }),
  );
  const sizeAndFlags = Buffer.alloc(8);
  sizeAndFlags.writeInt32LE(payload.length);
  const bytes = Buffer.concat([...parts, MAGIC, payload, sizeAndFlags, MAGIC]);
  const vectors = placed.map(({ path, place, cardinality, offset: at, length }): DataFile => ({
    content: FileContent.PositionDeletes,
    file_path: location,
    file_format: 'PUFFIN',
    spec_id: place.specId,
    partition: place.partition ?? {},
    record_count: cardinality,
    file_size_in_bytes: bytes.length,
    sort_order_id: null,
    referenced_data_file: path,
    content_offset: at,
    content_size_in_bytes: length,
  }));
  return { bytes, vectors };
}
