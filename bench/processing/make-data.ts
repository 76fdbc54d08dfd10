/** Owns the data of one measurement: a full export, a part of it, and windows of changes. */
import { join } from 'node:path';
import { firstFilesOf, makeFullExport, makeWindow, type MadeExport } from './make-exports.js';

export interface BenchData {
  readonly full: MadeExport;
  /** A tenth of it, for how memory grows. */
  readonly tenth: MadeExport;
  /** The table that windows change: half of the full export. */
  readonly base: MadeExport;
  /** The first one is not counted: an index is built with it. */
  readonly windows: readonly MadeExport[];
}

const ITEM_BYTES = 1000;
const FILES = 20;
const WINDOWS = 4;

/** Makes exports of `megabytes` (10^6 bytes) uncompressed; a window changes a tenth of its table's rows. */
export async function makeData(
  home: string,
  megabytes: number,
  report: (line: string) => void,
): Promise<BenchData> {
  const folder = join(home, 'exports');
  const rowsPerFile = Math.ceil((megabytes * 1e6) / ITEM_BYTES / FILES);
  const full = await makeFullExport(folder, FILES * rowsPerFile, rowsPerFile, report);
  const base = await firstFilesOf(full, FILES / 2);
  const windows: MadeExport[] = [];
  for (let number = 1; number <= WINDOWS; number++) {
    const rows = base.itemCount;
    windows.push(
      await makeWindow(folder, { number, changes: Math.round(rows / 10), rows, fileCount: 4 }),
    );
    report(`made window ${number} of ${WINDOWS}`);
  }
  return { full, base, tenth: await firstFilesOf(full, FILES / 10), windows };
}
