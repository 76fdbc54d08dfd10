/** Owns the tests of reading and checking manifests. */
import { describe, expect, test } from '@jest/globals';
import {
  checkManifestFiles,
  checkManifestSummary,
  parseManifestFiles,
  parseManifestSummary,
  scopeOf,
  type ExpectedExport,
} from '../../../src/export/export-manifest.js';
import { at } from '../../support/lake-loads.js';

const FULL = {
  version: '2020-06-30',
  exportArn: 'arn:export',
  startTime: '2025-11-24T16:00:01.123Z',
  endTime: '2025-11-24T16:05:01.123Z',
  tableArn: 'arn:table',
  tableId: 'id-1',
  exportTime: '2025-11-24T16:00:00.000Z',
  s3Bucket: 'bucket',
  s3Prefix: null,
  s3SseAlgorithm: 'AES256',
  s3SseKmsKeyId: null,
  manifestFilesS3Key: 'p/manifest-files.json',
  billedSizeBytes: 19,
  itemCount: 3,
  outputFormat: 'DYNAMODB_JSON',
};
const { exportTime: _time, ...rest } = FULL;
const INCREMENTAL = {
  ...rest,
  version: '2023-08-01',
  exportFromTime: '2025-11-24T16:00:00Z',
  exportToTime: '2025-11-24T16:15:00Z',
  outputView: 'NEW_AND_OLD_IMAGES',
  exportType: 'INCREMENTAL_EXPORT',
};
const expected: ExpectedExport = {
  exportArn: 'arn:export',
  tableArn: 'arn:table',
  tableId: 'id-1',
  scope: { kind: 'full', exportTime: at(0) },
};
const expectedWindow: ExpectedExport = {
  ...expected,
  scope: {
    kind: 'incremental',
    window: { from: at(0), to: at(15) },
    view: 'NEW_AND_OLD_IMAGES',
  },
};

function check(summary: object, wanted: ExpectedExport): void {
  checkManifestSummary(parseManifestSummary(JSON.stringify(summary), 'key'), wanted, 'key');
}

describe('a summary', () => {
  test('of either kind is read and is what was asked for', () => {
    check(FULL, expected);
    check(INCREMENTAL, expectedWindow);
    expect(parseManifestSummary(JSON.stringify(INCREMENTAL), 'key')).toMatchObject({
      scope: { kind: 'incremental', view: 'NEW_AND_OLD_IMAGES' },
      manifestFilesKey: 'p/manifest-files.json',
      itemCount: 3,
    });
  });

  test.each([
    ['exportArn', { ...FULL, exportArn: 'other' }, expected],
    ['tableArn', { ...FULL, tableArn: 'other' }, expected],
    ['exportTime', { ...FULL, exportTime: '2025-11-24T16:00:00.001Z' }, expected],
    ['export type', INCREMENTAL, expected],
    ['export type', FULL, expectedWindow],
    ['exportFromTime', { ...INCREMENTAL, exportFromTime: '2025-11-24T15:59:59Z' }, expectedWindow],
    ['exportToTime', { ...INCREMENTAL, exportToTime: '2025-11-24T16:15:01Z' }, expectedWindow],
    ['outputView', { ...INCREMENTAL, outputView: 'NEW_IMAGE' }, expectedWindow],
  ])('with another %s is refused', (field, summary, wanted) => {
    expect(() => {
      check(summary, wanted);
    }).toThrow(
      expect.objectContaining({
        code: 'CorruptExport',
        message: expect.stringMatching(`^Manifest key has ${field} `),
      }),
    );
  });

  test.each([
    [FULL, expected],
    [INCREMENTAL, expectedWindow],
  ])('of another table under the same name tells so', (summary, wanted) => {
    expect(() => {
      check({ ...summary, tableId: 'other' }, wanted);
    }).toThrow(
      expect.objectContaining({ code: 'TableReplaced', subject: 'arn:table', retryable: false }),
    );
  });

  test.each([
    '',
    '[]',
    '{}',
    JSON.stringify({ ...FULL, itemCount: -1 }),
    JSON.stringify({ ...FULL, exportTime: 'noon' }),
    JSON.stringify({ ...FULL, outputFormat: 'ION' }),
  ])('like %s is refused', (text) => {
    expect(() => parseManifestSummary(text, 'key')).toThrow(
      expect.objectContaining({ code: 'CorruptExport', subject: 'key' }),
    );
  });
});

describe('what a summary covers', () => {
  const covered = (summary: unknown): unknown =>
    scopeOf(parseManifestSummary(JSON.stringify(summary), 'key'), 'key');

  test.each(['2025-11-24T16:00:00Z', '2025-11-24T16:00:00.000Z', '2025-11-24T17:00:00+01:00'])(
    'a full export at %s has every write before the whole second',
    (exportTime) => {
      expect(covered({ ...FULL, exportTime })).toEqual(expected.scope);
    },
  );

  test.each(['2025-11-24T16:00:00.608Z', '2025-11-24T17:00:00.999+01:00'])(
    'a full export at %s has them too, and says that it has more',
    (exportTime) => {
      expect(covered({ ...FULL, exportTime })).toEqual({ ...expected.scope, takenAt: exportTime });
    },
  );

  test('a window is as it says', () => {
    expect(covered(INCREMENTAL)).toEqual(expectedWindow.scope);
  });

  test.each([
    ['with a part of a second', { exportFromTime: '2025-11-24T16:00:00.001Z' }, 'exportFromTime'],
    ['without a zone', { exportToTime: '2025-11-24T16:15:00' }, 'exportToTime'],
    ['that ends as it begins', { exportToTime: '2025-11-24T16:00:00Z' }, 'ends at'],
  ])('a window %s is refused', (_how, change, says) => {
    expect(() => covered({ ...INCREMENTAL, ...change })).toThrow(
      expect.objectContaining({
        code: 'CorruptExport',
        subject: 'key',
        message: expect.stringContaining(says) as unknown,
      }),
    );
  });
});

describe('a list of files', () => {
  const line = (key: string, itemCount: number): string =>
    JSON.stringify({ itemCount, md5Checksum: 'm', etag: 'e-1', dataFileS3Key: key });
  const manifest = parseManifestSummary(JSON.stringify(FULL), 'key');

  test('may begin with an empty file', () => {
    const files = parseManifestFiles(`${line('a', 0)}\n${line('b', 3)}\n`, 'key');
    expect(files).toEqual([
      { key: 'a', itemCount: 0, md5: 'm' },
      { key: 'b', itemCount: 3, md5: 'm' },
    ]);
    expect(() => {
      checkManifestFiles(manifest, files, 'key');
    }).not.toThrow();
  });

  test('must add up and name each file once', () => {
    const check = (text: string) => (): void => {
      checkManifestFiles(manifest, parseManifestFiles(text, 'key'), 'key');
    };
    expect(check(line('a', 2))).toThrow(/lists 2 items where the summary counts 3/);
    expect(check('')).toThrow(/lists 0 items/);
    expect(check(`${line('a', 1)}\n${line('a', 2)}`)).toThrow(/names a data file twice/);
  });

  test('names the line that is none', () => {
    expect(() => parseManifestFiles(`${line('a', 1)}\n{"itemCount":1}`, 'key')).toThrow(
      /key line 2/,
    );
  });
});
