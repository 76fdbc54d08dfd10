/** Owns the law of Parquet's hybrid encoding: a decoder by the book gives every value back. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GrowingBytes } from '../../src/parquet/growing-bytes.js';
import { pushHybrid, pushRun } from '../../src/parquet/rle-hybrid.js';

/** apache/parquet-format, Encodings.md, read bit by bit. */
function decode(bytes: Uint8Array, count: number, bitWidth: number): number[] {
  const values: number[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (values.length < count) {
    const header = varint();
    if (header % 2 === 0) {
      let value = 0;
      for (let bits = 0; bits < bitWidth; bits += 8) value += bytes[at++]! * 2 ** bits;
      for (let run = 0; run < header / 2; run += 1) values.push(value);
      continue;
    }
    const bit = (place: number): number => (bytes[at + (place >> 3)]! >> (place & 7)) & 1;
    for (let packed = 0; packed < ((header - 1) / 2) * 8; packed += 1) {
      let value = 0;
      for (let place = 0; place < bitWidth; place += 1) {
        value += bit(packed * bitWidth + place) * 2 ** place;
      }
      values.push(value);
    }
    at += ((header - 1) / 2) * bitWidth;
  }
  expect(at).toBe(bytes.length);
  // Only the last packed group may be longer than what is left.
  expect(values.length - count).toBeLessThan(8);
  return values.slice(0, count);
}

const encoded = fc.integer({ min: 1, max: 16 }).chain((bitWidth) =>
  fc.record({
    bitWidth: fc.constant(bitWidth),
    runs: fc.array(
      fc.record({
        value: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** bitWidth - 1 })),
        length: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 300 })),
      }),
      { maxLength: 60 },
    ),
    skipped: fc.nat({ max: 20 }),
  }),
);

describe('the hybrid of run lengths and packed bits', () => {
  test('gives back its values, from memory that held others before', () => {
    fc.assert(
      fc.property(encoded, ({ bitWidth, runs, skipped }) => {
        const values = runs.flatMap(({ value, length }) => Array<number>(length).fill(value));
        const from = Math.min(skipped, values.length);
        const Values = bitWidth <= 8 ? Uint8Array : Uint16Array;
        const out = new GrowingBytes(1);
        out.push(new Uint8Array(400).fill(0xaa));
        out.clear();
        pushHybrid(out, Values.from(values), from, values.length, bitWidth);
        const expected = values.slice(from);
        expect(decode(out.written(), expected.length, bitWidth)).toEqual(expected);
        // A group of eight costs its bits and a header at the most.
        expect(out.length).toBeLessThanOrEqual(Math.ceil(expected.length / 8) * (bitWidth + 6));
      }),
      { numRuns: 1000 },
    );
  });

  test('of one run is that run', () => {
    fc.assert(
      fc.property(fc.nat({ max: 65_535 }), fc.integer({ min: 1, max: 5000 }), (value, count) => {
        const out = new GrowingBytes(1);
        pushRun(out, value, count, 16);
        expect(decode(out.written(), count, 16)).toEqual(Array(count).fill(value));
        expect(out.length).toBeLessThanOrEqual(5);
      }),
    );
  });
});
