/**
 * Owns the `deletion-vector-v1` blob: the deleted positions of one data file, with a checksum.
 *
 * Source: https://iceberg.apache.org/puffin-spec/#deletion-vector-v1-blob-type
 */
import { crc32 } from 'node:zlib';
import { ErrorCode, TidemarkError, messageOf } from '../core/errors.js';
import type { DataFile } from './manifest.js';
import { decodeRoaring, encodeRoaring } from './roaring-bitmap.js';

const MAGIC = Buffer.from([0xd1, 0xd3, 0x39, 0x64]);
const LENGTH_BYTES = 4;
const CHECKSUM_BYTES = 4;

/** The blob of a vector; `positions` ascend from 0 on, none twice. */
export function encodeDeletionVector(positions: readonly number[]): Buffer {
  const body = Buffer.concat([MAGIC, encodeRoaring(positions)]);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(body.length);
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/**
 * The positions, ascending, that `vector` deletes; `puffin` is the whole file that it lies in.
 * CorruptLake, naming the file, when the blob is damaged or holds another number of positions.
 */
export function readDeletionVector(puffin: Uint8Array, vector: DataFile): readonly number[] {
  try {
    const offset = vector.content_offset ?? 0;
    const size = vector.content_size_in_bytes ?? 0;
    const blob = Buffer.from(puffin.buffer, puffin.byteOffset, puffin.byteLength).subarray(
      offset,
      offset + size,
    );
    const positions = decodeBlob(blob);
    if (positions.length === vector.record_count) return positions;
    throw new RangeError(`it has ${positions.length} positions, not ${vector.record_count}`);
  } catch (error) {
    throw new TidemarkError(
      `Cannot read a deletion vector in ${vector.file_path}: ${messageOf(error)}.`,
      {
        code: ErrorCode.CorruptLake,
        subject: vector.file_path,
        hint: 'Restore the file from a backup, or roll the table back to a snapshot without it.',
        cause: error,
      },
    );
  }
}

function decodeBlob(blob: Buffer): readonly number[] {
  const end = blob.length - CHECKSUM_BYTES;
  const body = blob.subarray(LENGTH_BYTES, end);
  if (blob.readUInt32BE(0) !== body.length) throw new RangeError('its length is not as written');
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) throw new RangeError('its magic is wrong');
  if (blob.readUInt32BE(end) !== crc32(body)) throw new RangeError('its checksum is wrong');
  return decodeRoaring(body.subarray(MAGIC.length));
}
