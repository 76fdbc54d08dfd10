/** Owns the tests of where a lake table's objects lie. */
import { describe, expect, test } from '@jest/globals';
import {
  evidenceKey,
  lakeRoot,
  parseSuccessKey,
  partName,
  reportKey,
  stagedEnd,
  tableLayout,
} from '../../../src/lake/layout.js';
import { at, full, loadOf, window } from '../../support/lake-loads.js';

const layout = tableLayout('/lake/', 'my.Table-1');
const batch = { index: 2, batchCount: 10, firstFile: 0, fileCount: 1, itemCount: 0 };

describe('the layout', () => {
  test('keeps loads apart by their times', () => {
    expect(layout.directoryOf(full(0))).toBe('lake/my.Table-1/full/20251124T160000Z/');
    expect(layout.directoryOf(window(0, 15))).toBe(
      'lake/my.Table-1/window/20251124T160000Z-20251124T161500Z/',
    );
    expect(partName(batch, 1, 'ab'.repeat(16))).toBe('part-00002-00001-abababababababab.parquet');
    expect(tableLayout('', 't').root).toBe('t/');
    expect(lakeRoot('/')).toBe('');
  });

  test('stages each export of a window by itself, and each plan of batches', () => {
    const staging = (manifestMd5: string): string =>
      layout.stagingOf(loadOf(window(0, 15), [[]], { manifestMd5 }).load);
    const folder = staging('q+/=');
    expect(folder).toBe('lake/my.Table-1/_staging/window-20251124T160000Z-20251124T161500Z/q-_/');
    expect(staging('other')).not.toBe(folder);
    expect(evidenceKey(folder, batch)).toBe(`${folder}batch-00002-of-00010.evidence.json`);
    expect(reportKey(folder, batch)).toBe(`${folder}batch-00002-of-00010.report.json`);
  });

  test('tells what a load left in staging, and to which time it leads', () => {
    const end = (key: string): unknown => stagedEnd(layout, key);
    for (const [scope, time] of [
      [full(0), at(0)],
      [window(0, 15), at(15)],
    ] as const) {
      const folder = layout.stagingOf(loadOf(scope, [[]]).load);
      expect(folder.startsWith(layout.stagingDirectory)).toBe(true);
      expect(end(reportKey(folder, batch))).toBe(time);
      expect(end(folder.replace('my.Table-1', 'other'))).toBeUndefined();
    }
    expect(end(`${layout.stagingDirectory}notes.txt`)).toBeUndefined();
    expect(end(`${layout.root}full/20251124T160000Z/_SUCCESS`)).toBeUndefined();
  });

  test('reads the keys of commits, and no others', () => {
    const parse = (key: string): unknown => parseSuccessKey(layout, `lake/my.Table-1/${key}`);
    expect(parse('full/20251124T160000Z/_SUCCESS')).toEqual({ kind: 'full', exportTime: at(0) });
    expect(parse('window/20251124T160000Z-20251124T161500Z/_SUCCESS')).toEqual({
      kind: 'incremental',
      from: at(0),
      to: at(15),
    });
    const others = [
      'full/20251124T160000Z/part-00000.parquet',
      'full/20251124T160000Z/_SUCCESS/x',
      'full/today/_SUCCESS',
      'window/20251124T160000Z/_SUCCESS',
      'other/20251124T160000Z/_SUCCESS',
      '_SUCCESS',
    ];
    expect(others.map(parse)).toEqual(others.map(() => undefined));
    expect(parseSuccessKey(layout, 'elsewhere/full/20251124T160000Z/_SUCCESS')).toBeUndefined();
  });
});
