/** Owns the tests of the chain that exports make. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planChain, type ChainExport, type ChainStart } from '../../../src/export/export-chain.js';
import type { ExportScope } from '../../../src/export/table-exports.js';
import { at, full, window } from '../../support/lake-loads.js';

const ORDERS = 'orders';

function exportOf(scope: ExportScope, place: string, tableId = 'id-1'): ChainExport {
  return { scope, place, tableId };
}

function lakeAt(minutes: number, tableId = 'id-1'): ChainStart {
  return { tableId, watermark: at(minutes) };
}

/** `place: action` of each step, in order. */
function plan(exports: readonly ChainExport[], lake?: ChainStart): readonly string[] {
  return planChain(exports, ORDERS, lake).map(({ source, action }) => `${source.place}: ${action}`);
}

const base = exportOf(full(0), 'base');
const w1 = exportOf(window(0, 15), 'w1');
const w2 = exportOf(window(15, 30), 'w2');
const w3 = exportOf(window(30, 60), 'w3');

describe('a chain', () => {
  test('is put in order of time, whatever the order of its exports', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([base, w1, w2, w3], { minLength: 4 }), (shuffled) => {
        expect(plan(shuffled)).toEqual(['base: commit', 'w1: commit', 'w2: commit', 'w3: commit']);
      }),
    );
  });

  test('goes on from the lake: what the lake has is left alone', () => {
    expect(plan([base, w1, w2, w3], lakeAt(30))).toEqual([
      'base: already-committed',
      'w1: already-committed',
      'w2: already-committed',
      'w3: commit',
    ]);
    expect(plan([w3], lakeAt(30))).toEqual(['w3: commit']);
    expect(plan([base, w1], lakeAt(60))).toEqual([
      'base: already-committed',
      'w1: already-committed',
    ]);
  });

  test('takes two exports of one scope for one', () => {
    const again = exportOf(window(0, 15), 'w1 again');
    expect(plan([w1, base, again])).toEqual([
      'base: commit',
      'w1: commit',
      'w1 again: already-committed',
    ]);
  });

  test('takes a full export past its end for a new base, and one within for nothing new', () => {
    const later = exportOf(full(45), 'later');
    const after = exportOf(window(45, 60), 'after');
    expect(plan([base, w1, later, after])).toEqual([
      'base: commit',
      'w1: commit',
      'later: commit',
      'after: commit',
    ]);
    expect(plan([base, w1, w2, exportOf(full(20), 'within'), w3]).slice(3)).toEqual([
      'within: already-committed',
      'w3: commit',
    ]);
  });

  test('may be empty', () => {
    expect(plan([], lakeAt(0))).toEqual([]);
  });
});

describe('what is refused', () => {
  const takenAt = '2025-11-24T16:00:00.608Z';
  const within = exportOf({ kind: 'full', exportTime: at(0), takenAt }, 'within');

  test('windows after a full export that was taken within a second, here or in the lake', () => {
    const says = expect.objectContaining({
      code: 'BrokenContinuity',
      message: expect.stringContaining(`cannot follow a full export taken at ${takenAt}`),
    });
    expect(() => plan([within, w1, w2])).toThrow(says);
    expect(() => plan([w1], { ...lakeAt(0), takenAt })).toThrow(says);
    expect(plan([within])).toEqual(['within: commit']);
    const later = exportOf(full(15), 'later');
    expect(plan([within, later, w2])).toEqual(['within: commit', 'later: commit', 'w2: commit']);
    // One of the whole second has all that is needed.
    expect(plan([within, w1, base])).toEqual([
      'base: commit',
      'within: already-committed',
      'w1: commit',
    ]);
  });

  const broken = (says: readonly string[], hint: string): unknown =>
    expect.objectContaining({
      code: 'BrokenContinuity',
      message: says.join('\n'),
      hint: expect.stringContaining(`Nothing was committed. ${hint}`) as unknown,
    });

  test('a missing window is named, and its neighbours', () => {
    expect(() => plan([base, w1, w3])).toThrow(
      broken(
        [
          `The window [${at(15)}, ${at(30)}) is missing: w1 ends where it begins, w3 begins where it ends.`,
        ],
        'Give its export too',
      ),
    );
  });

  test('so are several, and one right after the base or the lake', () => {
    const late = exportOf(window(75, 90), 'late');
    expect(() => plan([base, w2, late])).toThrow(
      broken(
        [
          `The window [${at(0)}, ${at(15)}) is missing: base ends where it begins, w2 begins where it ends.`,
          `The window [${at(30)}, ${at(75)}) is missing: w2 ends where it begins, late begins where it ends.`,
        ],
        'Give its export too',
      ),
    );
    expect(() => plan([w3], lakeAt(15))).toThrow(
      broken(
        [
          `The window [${at(15)}, ${at(30)}) is missing: the lake's orders ends where it begins, w3 begins where it ends.`,
        ],
        'Give its export too',
      ),
    );
  });

  test('a chain of holes is told in ten lines and a count', () => {
    const holes = Array.from({ length: 13 }, (_, i) =>
      exportOf(window(10 * i + 5, 10 * i + 10), `h${i}`),
    );
    expect(() => plan([base, ...holes])).toThrow(/(.*\n){10}And 3 more of the kind\.$/);
  });

  test.each([
    ['partly', window(10, 20), `[${at(10)}, ${at(20)})`],
    ['wholly', window(5, 10), `[${at(5)}, ${at(10)})`],
  ])('a window that overlaps another %s', (_how, scope, text) => {
    const other = exportOf(scope, 'other');
    expect(() => plan([base, w1, other])).toThrow(
      broken(
        [`The window ${text} (other) overlaps what is there up to ${at(15)} (w1).`],
        'Leave out one',
      ),
    );
  });

  test('a window that the lake has half of', () => {
    expect(() => plan([w1], lakeAt(5))).toThrow(
      expect.objectContaining({
        code: 'BrokenContinuity',
        message: `The window [${at(0)}, ${at(15)}) (w1) overlaps what is there up to ${at(5)} (the lake's orders).`,
      }),
    );
  });

  test('windows without a full export, or before it', () => {
    const says = `The window [${at(0)}, ${at(15)}) (w1) has no full export to follow.`;
    expect(() => plan([w1, w2])).toThrow(broken([says], `Give the full export of ${at(0)}`));
    expect(() => plan([w1, exportOf(full(15), 'late base'), w2])).toThrow(broken([says], ''));
  });

  test('another table id than the lake or the rest, both named', () => {
    const other = exportOf(window(15, 30), 'w2', 'id-2');
    const replaced = (message: string): unknown =>
      expect.objectContaining({ code: 'TableReplaced', message });
    expect(() => plan([base, w1, other])).toThrow(
      replaced('w2 is an export of table id id-2, base of id-1.'),
    );
    expect(() => plan([base], lakeAt(0, 'id-0'))).toThrow(
      replaced("base is an export of table id id-1, the lake's orders of id-0."),
    );
  });
});
