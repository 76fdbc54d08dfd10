/** Owns golden bytes of Thrift's compact protocol. */
import { describe, expect, test } from '@jest/globals';
import { ThriftType, ThriftWriter } from '../../../src/parquet/thrift-compact.js';

function written(write: (writer: ThriftWriter) => void): string {
  const writer = new ThriftWriter();
  write(writer);
  return Buffer.from(writer.finish()).toString('hex');
}

describe('a struct', () => {
  test.each<[string, (writer: ThriftWriter) => void, string]>([
    ['that is empty', () => undefined, '00'],
    [
      'with small numbers',
      (w) => {
        w.i32(1, 1);
        w.i32(2, -1);
      },
      '150215010' + '0',
    ],
    [
      'with ids far apart',
      (w) => {
        w.i32(3, 0);
        w.i64(100, 64);
      },
      '350006c801800100',
    ],
    [
      'with a number over 32 bits',
      (w) => {
        w.i64(1, 2 ** 40);
      },
      '16808080808040' + '00',
    ],
    [
      'with truth',
      (w) => {
        w.bool(1, true);
        w.bool(2, false);
      },
      '111200',
    ],
    [
      'with text',
      (w) => {
        w.string(4, 'é');
      },
      '4802c3a900',
    ],
    [
      'in a struct, and a field after it',
      (w) => {
        w.struct(5, () => {
          w.i32(1, 3);
        });
        w.i32(6, 4);
      },
      '5c1506001508' + '00',
    ],
    [
      'with a list',
      (w) => {
        w.list(2, ThriftType.i32, [1, 2], (item) => {
          w.i32Element(item);
        });
      },
      '2925020400',
    ],
    [
      'with a long list',
      (w) => {
        w.list(1, ThriftType.i32, Array<number>(15).fill(0), (item) => {
          w.i32Element(item);
        });
      },
      `19f50f${'00'.repeat(15)}00`,
    ],
  ])('%s', (_, write, bytes) => {
    expect(written(write)).toBe(bytes);
  });
});
