/** Owns the tests of where exports go. */
import { expect, test } from '@jest/globals';
import { windowPrefix } from '../../../src/export/window-prefix.js';
import { at } from '../../support/lake-loads.js';

test('every scope has a prefix of its own, with its times in the name', () => {
  const window = { from: at(0), to: at(15) };
  const view = 'NEW_IMAGE' as const;
  expect(windowPrefix('exports/', 'Orders', { kind: 'incremental', window, view })).toBe(
    'exports/Orders/window/20251124T160000Z-20251124T161500Z',
  );
  expect(windowPrefix('', 'Orders', { kind: 'full', exportTime: at(0) })).toBe(
    'Orders/full/20251124T160000Z',
  );
});
