/** Owns the tests of reading one line of a data file. */
import { describe, expect, test } from '@jest/globals';
import { parseChange, type LineSource } from '../../../src/export/change.js';

const source = (kind: LineSource['kind']): LineSource => ({
  kind,
  file: 'data/x.json.gz',
  lineNumber: 7,
  keyAttributes: ['pk'],
});
const META = '"Metadata":{"WriteTimestampMicros":{"N":"1700000000000000"}}';
const KEY = '{"pk":{"S":"a"}}';

describe('parseChange', () => {
  test('reads the item of a full export and takes the key from it', () => {
    expect(parseChange('{"Item":{"pk":{"S":"a"},"n":{"N":"1"}}}', source('full'))).toEqual({
      key: { pk: { S: 'a' } },
      newImage: { pk: { S: 'a' }, n: { N: '1' } },
    });
  });

  test.each([
    ['insert', `{${META},"Keys":${KEY},"NewImage":${KEY}}`, ['newImage']],
    [
      'update',
      `{${META},"Keys":${KEY},"OldImage":${KEY},"NewImage":${KEY}}`,
      ['oldImage', 'newImage'],
    ],
    ['delete with the old image', `{${META},"Keys":${KEY},"OldImage":${KEY}}`, ['oldImage']],
    ['delete', `{${META},"Keys":${KEY}}`, []],
  ])('reads an incremental record of %s', (_what, line, images) => {
    const change = parseChange(line, source('incremental'));
    expect(change.writtenAtMicros).toBe('1700000000000000');
    expect(Object.keys(change).filter((name) => name.endsWith('Image'))).toEqual(images);
  });

  test('keeps a name that JavaScript would swallow', () => {
    const change = parseChange('{"Item":{"pk":{"S":"a"},"__proto__":{"N":"1"}}}', source('full'));
    expect(Object.keys(change.newImage!)).toEqual(['pk', '__proto__']);
  });

  test.each([
    ['full', '', /is not JSON/],
    ['full', '[]', /is not a JSON object/],
    ['full', '{}', /has no Item/],
    ['full', '{"Item":{"n":{"N":"1"}}}', /has no key attribute "pk"/],
    ['full', '{"Item":{"pk":{"S":1}}}', /attribute "pk" has a type S that is not text/],
    ['full', '{"Item":{"pk":{"S":"a","N":"1"}}}', /exactly one type/],
    ['full', '{"Item":{"pk":{}}}', /exactly one type/],
    ['full', '{"Item":{"pk":{"X":"a"}}}', /unknown type "X"/],
    ['full', '{"Item":{"pk":{"S":"a"},"l":{"L":[{"M":{"x":{"BOOL":"yes"}}}]}}}', /BOOL/],
    ['full', '{"Item":{"pk":{"S":"a"},"l":{"SS":[1]}}}', /type SS/],
    ['full', '{"Item":{"pk":{"S":"a"},"l":{"NULL":false}}}', /NULL/],
    ['incremental', `{"Keys":${KEY}}`, /has no WriteTimestampMicros/],
    ['incremental', `{${META}}`, /has no Keys/],
    ['incremental', `{${META},"Keys":{}}`, /has no key attribute/],
    ['incremental', `{${META},"Keys":${KEY},"NewImage":{"pk":{"S":"b"}}}`, /another key/],
    ['incremental', `{${META},"Keys":${KEY},"OldImage":{"pk":{"B":"a"}}}`, /another key/],
  ] as const)('refuses a %s line %s', (kind, line, problem) => {
    const parse = (): unknown => parseChange(line, source(kind));
    expect(parse).toThrow(problem);
    expect(parse).toThrow(/^Line 7 of data\/x\.json\.gz/);
    expect(parse).toThrow(expect.objectContaining({ code: 'CorruptExport', retryable: false }));
  });
});
