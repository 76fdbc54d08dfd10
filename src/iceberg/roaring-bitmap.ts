/**
 * Owns sets of row positions as Roaring bitmaps, in the portable format of
 * https://github.com/RoaringBitmap/RoaringFormatSpec with its extension for 64 bits.
 */

/** Of a bitmap without run containers, and in the low 16 bits of one with them. */
const COOKIE = 12346;
const COOKIE_WITH_RUNS = 12347;
/** A bitmap with runs has no offsets when it has fewer containers. */
const MIN_CONTAINERS_WITH_OFFSETS = 4;
/** A container with more values is a bitmap of 65,536 bits. */
const MAX_ARRAY_VALUES = 4096;
const BITMAP_BYTES = 8192;
const TWO_TO_32 = 2 ** 32;

/** The bytes of a set; `positions` ascend, none twice, from 0 to 2^53 (exclusive). */
export function encodeRoaring(positions: readonly number[]): Buffer {
  const bitmaps = chunksBy(positions, (position) => Math.floor(position / TWO_TO_32));
  const count = Buffer.alloc(8);
  count.writeUInt32LE(bitmaps.length);
  return Buffer.concat([
    count,
    ...bitmaps.flatMap(({ key, values }) => {
      const prefix = Buffer.alloc(4);
      prefix.writeUInt32LE(key);
      return [prefix, encodeBitmap(values.map((value) => value % TWO_TO_32))];
    }),
  ]);
}

/** The positions of a set, ascending. Throws a RangeError for bytes that are cut short or no set. */
export function decodeRoaring(bytes: Buffer): readonly number[] {
  const reader = new Reader(bytes);
  const positions: number[] = [];
  const count = reader.uint32() + reader.uint32() * TWO_TO_32;
  for (let i = 0; i < count; i++) {
    const base = reader.uint32() * TWO_TO_32;
    decodeBitmap(reader, (value) => positions.push(base + value));
  }
  return positions;
}

/** Neighbours with the same key together. */
function chunksBy(
  values: readonly number[],
  keyOf: (value: number) => number,
): readonly { readonly key: number; readonly values: readonly number[] }[] {
  const chunks: { key: number; values: number[] }[] = [];
  for (const value of values) {
    const key = keyOf(value);
    const last = chunks.at(-1);
    if (last?.key === key) last.values.push(value);
    else chunks.push({ key, values: [value] });
  }
  return chunks;
}

function encodeBitmap(values: readonly number[]): Buffer {
  const containers = chunksBy(values, (value) => value >>> 16).map(({ key, values: some }) => ({
    key,
    cardinality: some.length,
    bytes: encodeContainer(some),
  }));
  const header = Buffer.alloc(8 + containers.length * 8);
  header.writeUInt32LE(COOKIE, 0);
  header.writeUInt32LE(containers.length, 4);
  let offset = header.length;
  for (const [index, { key, cardinality, bytes }] of containers.entries()) {
    header.writeUInt16LE(key, 8 + index * 4);
    header.writeUInt16LE(cardinality - 1, 10 + index * 4);
    header.writeUInt32LE(offset, 8 + containers.length * 4 + index * 4);
    offset += bytes.length;
  }
  return Buffer.concat([header, ...containers.map(({ bytes }) => bytes)]);
}

function encodeContainer(values: readonly number[]): Buffer {
  if (values.length <= MAX_ARRAY_VALUES) {
    const bytes = Buffer.alloc(values.length * 2);
    for (const [index, value] of values.entries()) bytes.writeUInt16LE(value & 0xffff, index * 2);
    return bytes;
  }
  const bytes = Buffer.alloc(BITMAP_BYTES);
  for (const value of values) {
    const at = (value & 0xffff) >>> 3;
    bytes[at] = (bytes[at] ?? 0) | (1 << (value & 7));
  }
  return bytes;
}

function decodeBitmap(reader: Reader, add: (value: number) => void): void {
  const cookie = reader.uint32();
  const hasRuns = (cookie & 0xffff) === COOKIE_WITH_RUNS;
  if (!hasRuns && cookie !== COOKIE) throw new RangeError('it is no Roaring bitmap');
  const count = hasRuns ? (cookie >>> 16) + 1 : reader.uint32();
  const runFlags = hasRuns ? reader.bytes(Math.ceil(count / 8)) : undefined;
  const containers: { base: number; cardinality: number; isRun: boolean }[] = [];
  for (let i = 0; i < count; i++) {
    const isRun = (((runFlags?.[i >>> 3] ?? 0) >>> (i & 7)) & 1) === 1;
    containers.push({
      base: reader.uint16() * 65_536,
      cardinality: reader.uint16() + 1,
      isRun,
    });
  }
  if (!hasRuns || count >= MIN_CONTAINERS_WITH_OFFSETS) reader.bytes(count * 4);
  for (const { base, cardinality, isRun } of containers) {
    const addTo = (low: number): void => {
      add(base + low);
    };
    if (isRun) decodeRuns(reader, addTo);
    else if (cardinality > MAX_ARRAY_VALUES) decodeBits(reader.bytes(BITMAP_BYTES), addTo);
    else for (let i = 0; i < cardinality; i++) addTo(reader.uint16());
  }
}

function decodeRuns(reader: Reader, add: (low: number) => void): void {
  const runs = reader.uint16();
  for (let i = 0; i < runs; i++) {
    const first = reader.uint16();
    const more = reader.uint16();
    for (let low = first; low <= first + more; low++) add(low);
  }
}

function decodeBits(bits: Buffer, add: (low: number) => void): void {
  for (const [at, byte] of bits.entries()) {
    for (let bit = 0; bit < 8; bit++) if ((byte >>> bit) & 1) add(at * 8 + bit);
  }
}

/** Reads a buffer from front to back; past its end it throws a RangeError. */
class Reader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  uint16(): number {
    const value = this.#buffer.readUInt16LE(this.#at);
    this.#at += 2;
    return value;
  }

  uint32(): number {
    const value = this.#buffer.readUInt32LE(this.#at);
    this.#at += 4;
    return value;
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#buffer.length) throw new RangeError('it is cut short');
    const bytes = this.#buffer.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }
}
