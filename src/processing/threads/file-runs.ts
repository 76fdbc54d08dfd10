/** Owns the cutting of a batch's data files into runs, each of which one thread reads. */
import type { ExportFile } from '../../export/export-manifest.js';
import type { RecordFormat } from '../scan/record-reader.js';

/** Consecutive data files of a batch, read from the first to the last as if they were one. */
export interface FileRun {
  readonly files: readonly ExportFile[];
  readonly format: RecordFormat;
}

/** A run makes Parquet files of its own, and small ones are slow to read: few runs, none of them small. */
const MAX_RUNS = 4;
const MIN_RUN_ITEMS = 50_000;

/** The runs of `files`, of about as many items each; the same files give the same runs. */
export function fileRuns(files: readonly ExportFile[]): readonly (readonly ExportFile[])[] {
  const itemCount = files.reduce((sum, file) => sum + file.itemCount, 0);
  const runItems = Math.max(MIN_RUN_ITEMS, Math.ceil(itemCount / MAX_RUNS));
  const runs: ExportFile[][] = [];
  let items = Infinity;
  for (const file of files) {
    const run = runs.at(-1);
    // A run ends where the next file would take it further past its share than it falls short.
    if (run === undefined || items + file.itemCount / 2 > runItems) {
      runs.push([file]);
      items = file.itemCount;
      continue;
    }
    run.push(file);
    items += file.itemCount;
  }
  return runs;
}
