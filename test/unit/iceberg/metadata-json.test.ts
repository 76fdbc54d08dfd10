/** Owns tests of reading and writing table metadata. */
import { describe, expect, test } from '@jest/globals';
import {
  formatLosslessJson,
  formatTableMetadata,
  parseLosslessJson,
  parseTableMetadata,
} from '../../../src/iceberg/metadata-json.js';
import { currentSnapshot } from '../../../src/iceberg/table-state.js';
import { apply, commitOf, sampleMetadata, sampleSnapshot } from './sample-metadata.js';

const AT = 's3://lake/orders/metadata/v3.metadata.json';

/** The metadata's JSON with some fields replaced; undefined leaves one out. */
function textWith(changes: Readonly<Record<string, unknown>>): string {
  return formatLosslessJson({ ...sampleMetadata(), ...changes });
}

describe('parseTableMetadata', () => {
  test('gives back what was formatted, with ids that no double holds', () => {
    const metadata = apply(sampleMetadata(), commitOf(sampleSnapshot(1)));
    const text = formatTableMetadata(metadata);
    expect(text).toContain('"current-snapshot-id":9007199254740994');
    expect(parseTableMetadata(text, AT)).toEqual(metadata);
    expect(currentSnapshot(metadata)?.['snapshot-id']).toBe(9_007_199_254_740_994n);
  });

  test('keeps unknown fields and their integers to the last digit', () => {
    const text = textWith({ 'x-new': { big: 12_345_678_901_234_567_890n, list: [1, null, true] } });
    const metadata = parseTableMetadata(text, AT);
    expect(formatTableMetadata(metadata)).toContain(
      '"x-new":{"big":12345678901234567890,"list":[1,null,true]}',
    );
  });

  test('keeps the text of numbers that doubles write differently', () => {
    const text = '{"a":1.10,"b":-0,"c":1e400,"d":0.1,"e":-7,"snapshot-id":5}';
    const value = parseLosslessJson(text);
    expect(formatLosslessJson(value)).toBe(text.replace('"b":-0', '"b":0'));
    expect(value).toMatchObject({ d: 0.1, e: -7, 'snapshot-id': 5n });
  });

  test('fills in what the specification leaves optional', () => {
    const text = textWith({
      properties: undefined,
      snapshots: [sampleSnapshot(1)],
      'current-snapshot-id': sampleSnapshot(1)['snapshot-id'],
      'snapshot-log': undefined,
      'metadata-log': undefined,
      refs: undefined,
    });
    expect(parseTableMetadata(text, AT)).toMatchObject({
      properties: {},
      'snapshot-log': [],
      'metadata-log': [],
      refs: { main: { 'snapshot-id': sampleSnapshot(1)['snapshot-id'], type: 'branch' } },
    });
  });

  test.each([-1n, null, undefined])('takes a current snapshot id of %p for none', (id) => {
    const metadata = parseTableMetadata(textWith({ 'current-snapshot-id': id }), AT);
    expect(metadata.refs).toEqual({});
    expect(currentSnapshot(metadata)).toBeUndefined();
  });

  test('refuses version 1 and says what to do', () => {
    expect(() => parseTableMetadata(textWith({ 'format-version': 1 }), AT)).toThrow(
      expect.objectContaining({
        code: 'CorruptLake',
        subject: AT,
        message: expect.stringContaining('version 1'),
        hint: expect.stringContaining("'format-version' = '2'"),
      }),
    );
  });

  test.each([
    ['a version that is not known', textWith({ 'format-version': 4 }), 'version 4'],
    ['a version that is no number', textWith({ 'format-version': 'x' }), 'version x'],
    ['text that is cut short', textWith({}).slice(0, 40), 'is not JSON'],
    ['another JSON', '[1]', 'no "format-version"'],
    ['no text', '', 'is not JSON'],
    ['no schemas', textWith({ schemas: [] }), '"schemas"'],
    [
      'a snapshot without a manifest list',
      textWith({ snapshots: [{ 'snapshot-id': 1n }] }),
      'snapshots.0',
    ],
    [
      'a type that is none',
      textWith({
        schemas: [
          { 'schema-id': 0, fields: [{ id: 1, name: 'a', required: true, type: { type: 'x' } }] },
        ],
      }),
      'schemas.0',
    ],
  ])('refuses %s, naming the file', (_what, text, problem) => {
    expect(() => parseTableMetadata(text, AT)).toThrow(
      expect.objectContaining({
        code: 'CorruptLake',
        subject: AT,
        message: expect.stringContaining(problem),
      }),
    );
  });
});
