/** Owns Avro's container files: a header with metadata, then blocks of deflated records. */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import avro, { type Type } from 'avsc';
import { ErrorCode, TidemarkError, messageOf } from '../core/errors.js';

const MAGIC = Buffer.from('Obj\x01', 'latin1');
const SYNC_BYTES = 16;
/** A block of this many bytes before compression is closed. */
const BLOCK_BYTES = 1024 * 1024;

const HEADER = avro.Type.forSchema({ type: 'map', values: 'bytes' });
const LONG = avro.Type.forSchema('long');

/**
 * The name by which a schema asks for a long of all 64 bits, read as a bigint: plain ones are read
 * as numbers, fast, and refused beyond 2^53.
 */
export const WIDE_LONG = 'wide_long';

const WIDE_LONG_TYPE = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint | number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: (value: string | number) => BigInt(value),
  toJSON: (value: bigint) => value.toString(),
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

/** An Avro schema as JSON, with the attributes that Iceberg adds. */
export type AvroSchema = string | readonly AvroSchema[] | { readonly [key: string]: unknown };

export interface AvroFile {
  readonly metadata: ReadonlyMap<string, string>;
  readonly records: readonly unknown[];
}

/** The bytes of a container file; the same for the same records. */
export function writeAvroFile(
  schema: AvroSchema,
  records: Iterable<unknown>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const type = typeOf(JSON.stringify(schema));
  const header = HEADER.toBuffer(
    Object.fromEntries(
      Object.entries({
        'avro.schema': writtenSchema(schema),
        'avro.codec': 'deflate',
        ...metadata,
      }).map(([key, value]) => [key, Buffer.from(value)]),
    ),
  );
  const sync = createHash('md5').update(header).digest();
  const parts = [MAGIC, header, sync];
  let block: Buffer[] = [];
  let blockBytes = 0;
  const flush = (): void => {
    if (block.length === 0) return;
    const deflated = deflateRawSync(Buffer.concat(block, blockBytes));
    parts.push(LONG.toBuffer(block.length), LONG.toBuffer(deflated.length), deflated, sync);
    block = [];
    blockBytes = 0;
  };
  for (const record of records) {
    const bytes = type.toBuffer(record);
    block.push(bytes);
    blockBytes += bytes.length;
    if (blockBytes >= BLOCK_BYTES) flush();
  }
  flush();
  return Buffer.concat(parts);
}

/**
 * All records of a container file. `adapt` may rename fields of the file's own schema and ask for
 * {@link WIDE_LONG}; the bytes do not depend on either. CorruptLake, naming `location`.
 */
export function readAvroFile(
  bytes: Uint8Array,
  location: string,
  adapt: (schema: AvroSchema, metadata: ReadonlyMap<string, string>) => AvroSchema,
): AvroFile {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (!file.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error('it is no Avro file');
    const header = decode(HEADER, file, MAGIC.length);
    const metadata = new Map(
      Object.entries(header.value as Record<string, Buffer>).map(([key, value]) => [
        key,
        value.toString(),
      ]),
    );
    const schema = JSON.parse(metadata.get('avro.schema') ?? '') as AvroSchema;
    const type = typeOf(JSON.stringify(adapt(schema, metadata)));
    const inflate = inflaterOf(metadata.get('avro.codec') ?? 'null');
    const records: unknown[] = [];
    let at = header.offset + SYNC_BYTES;
    while (at < file.length) {
      const count = decodeLong(file, at);
      const size = decodeLong(file, count.offset);
      const end = size.offset + size.value;
      if (count.value < 0 || size.value < 0 || end + SYNC_BYTES > file.length) {
        throw new Error('a block is cut short');
      }
      readBlock(type, inflate(file.subarray(size.offset, end)), count.value, records);
      at = end + SYNC_BYTES;
    }
    return { metadata, records };
  } catch (error) {
    throw new TidemarkError(`Cannot read ${location}: ${messageOf(error)}.`, {
      code: ErrorCode.CorruptLake,
      subject: location,
      hint: 'Restore the file from a backup, or roll the table back to a snapshot without it.',
      cause: error,
    });
  }
}

function readBlock(type: Type, block: Buffer, count: number, records: unknown[]): void {
  let at = 0;
  for (let i = 0; i < count; i++) {
    const { value, offset } = decode(type, block, at);
    records.push(value);
    at = offset;
  }
}

function decodeLong(
  bytes: Buffer,
  at: number,
): { readonly value: number; readonly offset: number } {
  const { value, offset } = decode(LONG, bytes, at);
  return { value: Number(value), offset };
}

function decode(
  type: Type,
  bytes: Buffer,
  at: number,
): { readonly value: unknown; readonly offset: number } {
  const decoded: { value: unknown; offset: number } = type.decode(bytes, at);
  // So avsc marks that the bytes ended early.
  if (decoded.offset < 0) throw new Error('a record is cut short');
  return decoded;
}

function inflaterOf(codec: string): (block: Buffer) => Buffer {
  if (codec === 'null') return (block) => block;
  if (codec === 'deflate') return (block) => inflateRawSync(block);
  throw new Error(`its codec ${codec} is not known (set write.avro.compression-codec to gzip)`);
}

/** Compiling a type takes a millisecond; a table's manifests share a few. */
const types = new Map<string, Type>();
const MAX_TYPES = 64;

function typeOf(schemaJson: string): Type {
  const known = types.get(schemaJson);
  if (known !== undefined) return known;
  const schema = JSON.parse(schemaJson, plainWideLong) as Parameters<typeof avro.Type.forSchema>[0];
  const type = avro.Type.forSchema(schema, {
    registry: { [WIDE_LONG]: WIDE_LONG_TYPE },
    wrapUnions: 'never',
    omitRecordMethods: true,
  });
  if (types.size >= MAX_TYPES) types.clear();
  types.set(schemaJson, type);
  return type;
}

/** avsc finds a type of ours by its name alone, without attributes. */
function plainWideLong(_key: string, value: unknown): unknown {
  const isAnnotated =
    typeof value === 'object' && value !== null && 'logicalType' in value && 'type' in value;
  return isAnnotated && value.type === WIDE_LONG ? WIDE_LONG : value;
}

function writtenSchema(schema: AvroSchema): string {
  return JSON.stringify(schema, (_key, value: unknown) => (value === WIDE_LONG ? 'long' : value));
}
