/** Owns the check of where a load belongs in a history. */
import { describe, expect, test } from '@jest/globals';
import {
  historyStep,
  type HistoryState,
  type HistoryStep,
} from '../../../src/lake/history-rules.js';
import { at, full, loadOf, window } from '../../support/lake-loads.js';

/** Where a history stood: its base and watermark, in minutes; the snapshot's id is the latter. */
function state(base: number, watermark: number, tableId = 'table-1'): HistoryState {
  const position = { tableId, baseExportTime: at(base), watermark: at(watermark) };
  return { snapshotId: BigInt(watermark), position };
}

const { load: theWindow } = loadOf(window(15, 30), [[]]);
const { load: theBase } = loadOf(full(30), [[]]);
const append: HistoryStep = { kind: 'append' };
const there: HistoryStep = { kind: 'there' };
const lost: HistoryStep = { kind: 'lost' };
const backTo = (watermark: number): HistoryStep => ({
  kind: 'go-back',
  snapshotId: BigInt(watermark),
});

describe('a window', () => {
  test.each<[string, HistoryState | undefined, HistoryState[], HistoryStep]>([
    ['follows what ends where it begins', state(0, 15), [], append],
    ['is there when it is the last', state(0, 30), [], there],
    ['takes the place of a wider one', state(0, 45), [state(0, 45), state(0, 15)], backTo(15)],
    [
      'is found again where it was replaced',
      state(0, 45),
      [state(0, 30), state(0, 15)],
      backTo(30),
    ],
    ['takes the place of a full load', state(20, 20), [state(20, 20), state(0, 15)], backTo(15)],
    ['begins no history', undefined, [], lost],
    ['cannot follow a gap', state(0, 0), [state(0, 0)], lost],
    ['does not follow another table', state(0, 15, 'other'), [state(0, 15, 'other')], lost],
    ['does not follow another base', state(10, 15), [state(10, 15)], lost],
  ])('%s', (_what, current, past, expected) => {
    expect(historyStep(theWindow, at(0), current, () => past)).toEqual(expected);
  });
});

describe('a full load', () => {
  test.each<[string, HistoryState | undefined, HistoryState[], HistoryStep]>([
    ['begins a history', undefined, [], append],
    ['follows what ends before it, a gap or not', state(0, 15), [state(0, 15)], append],
    ['follows another table', state(0, 15, 'other'), [], append],
    ['is there when it is the last', state(30, 30), [], there],
    ['takes the place of a window past it', state(0, 45), [state(0, 45), state(0, 15)], backTo(15)],
    ['follows nothing that is all past it', state(40, 45), [state(40, 45)], lost],
  ])('%s', (_what, current, past, expected) => {
    expect(historyStep(theBase, at(30), current, () => past)).toEqual(expected);
  });
});
