/** Owns what tests expect of a position index: that it says what a model of the table says. */
import { expect } from '@jest/globals';
import { NO_FILE, type Positions } from '../../../src/positions/look-up.js';
import type { PositionIndex } from '../../../src/positions/position-index.js';
import { hashesOf, rowsOf, type ModelRow, type TableModel } from './table-model.js';

/** What `keys` have in `positions`; undefined for none. */
export function placesIn(positions: Positions): (ModelRow | undefined)[] {
  return Array.from(positions.files, (file, index) =>
    file === NO_FILE
      ? undefined
      : {
          filePath: positions.filePaths[file]!,
          position: positions.positions[index]!,
          writtenAtMicros: positions.writtenAtMicros[index]!,
        },
  );
}

/** Expects that `index` stands for `snapshotId` and says of every key what `model` says. */
export async function expectModel(
  index: PositionIndex,
  snapshotId: bigint,
  model: TableModel,
  keys: readonly number[],
): Promise<void> {
  expect(index.snapshotId).toBe(snapshotId);
  const positions = await index.lookup(snapshotId, hashesOf(keys));
  expect(placesIn(positions!)).toEqual(keys.map((key) => model.get(key)));
  expect(await index.verify(snapshotId, rowsOf(model))).toEqual({
    rows: model.size,
    repeatedRows: 0,
    missing: 0,
    surplus: 0,
    misplaced: 0,
    mismatches: [],
  });
}
