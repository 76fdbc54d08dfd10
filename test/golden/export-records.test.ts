/** Owns the golden pairs of export records: writes in, lines of an export file out. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Item } from '../../src/export/attribute-value.js';
import type { ExportView } from '../../src/export/table-exports.js';
import { fullLine, incrementalLine } from '../../src/local/exports/export-lines.js';
import { fullImageAt, netChanges } from '../../src/local/exports/images.js';
import type { Change } from '../../src/local/exports/ports.js';

interface Write {
  readonly micros: string;
  readonly item?: Item;
  readonly deletes?: Item;
}

interface Case {
  readonly about: string;
  readonly keyAttributes: readonly string[];
  readonly writes: readonly Write[];
  /** A full export as of this stamp, or a window with its view. */
  readonly time?: string;
  readonly window?: readonly [string, string];
  readonly view?: ExportView;
}

const folder = join(import.meta.dirname, 'export-records');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.in.json'))
  .map((name) => name.replace('.in.json', ''));

test.each(names)('%s', (name) => {
  const input = JSON.parse(readFileSync(join(folder, `${name}.in.json`), 'utf8')) as Case;
  const expected = readFileSync(join(folder, `${name}.out.jsonl`), 'utf8');
  expect(linesOf(input).map((line) => `${line}\n`).join('')).toBe(expected);
});

test('there are cases', () => {
  expect(names.length).toBeGreaterThan(0);
});

function linesOf({ writes, keyAttributes, time, window, view }: Case): string[] {
  const changes = changesOf(writes, keyAttributes);
  if (window === undefined) {
    const items = fullImageAt(changes, BigInt(time!));
    return [...items.values()].map((item) => fullLine(item, keyAttributes));
  }
  return netChanges(changes, BigInt(window[0]), BigInt(window[1]))
    .sort((left, right) => Number(left.micros - right.micros))
    .map((change) => incrementalLine(change, keyAttributes, view!));
}

/** What a table would have logged of these writes. */
function changesOf(writes: readonly Write[], keyAttributes: readonly string[]): Change[] {
  const table = new Map<string, Item>();
  return writes
    .map((write) => ({ ...write, stamp: BigInt(write.micros) }))
    .sort((left, right) => Number(left.stamp - right.stamp))
    .map(({ item, deletes, stamp }) => {
      const source = item ?? deletes!;
      const key = JSON.stringify(keyAttributes.map((name) => source[name]));
      const oldImage = table.get(key);
      if (item === undefined) table.delete(key);
      else table.set(key, item);
      return { micros: stamp, key, oldImage, newImage: item };
    });
}
