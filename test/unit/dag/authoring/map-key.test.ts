/** Owns examples of item names: what a key function becomes as text, and the name it gives. */
import { expect, test } from '@jest/globals';
import { keyTemplate, renderKey } from '../../../../src/dag/authoring/map-key.js';

interface Inputs {
  readonly spec: { readonly table: string; readonly part: number };
  readonly mode: string;
}

test.each<[string, (a: Inputs) => unknown, string | undefined]>([
  ['one input', (a) => a.mode, '{mode}'],
  ['a part of one', (a) => a.spec.table, '{spec.table}'],
  ['several, joined', (a) => `${a.spec.table}-${a.spec.part}`, '{spec.table}-{spec.part}'],
  ['no input', () => 'same', 'same'],
  ['a call', (a) => a.mode.toUpperCase(), undefined],
  ['all of it', (a) => a, undefined],
  ['nothing', () => undefined, undefined],
])('%s', (_name, key, template) => {
  expect(keyTemplate(key)).toBe(template);
});

test('a template names an item; what is not there shows as a question mark', () => {
  const inputs = { spec: { table: 'orders', part: 3 }, mode: 'full' };
  expect(renderKey('{spec.table}-{spec.part} {mode}', inputs)).toBe('orders-3 full');
  expect(renderKey('{spec.name} {other.part}', inputs)).toBe('? ?');
  expect(renderKey('{spec}', inputs)).toBe('{"table":"orders","part":3}');
});
