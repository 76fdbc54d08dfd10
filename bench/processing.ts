/** Owns `npm run bench processing`: export files into a lake, ours against PySpark and DuckDB. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { makeData } from './processing/make-data.js';
import { measureProcessing } from './processing/measure-processing.js';
import { renderProcessing } from './processing/render-processing.js';

interface ProcessingOptions {
  readonly size: number;
  readonly rounds: number;
  readonly quick?: true;
  /** False with `--no-spark`. */
  readonly spark: boolean;
  readonly json?: string;
}

/** The measurement as a command. */
export function processingCommand(): Command {
  return new Command('processing')
    .summary('export files into a lake, against PySpark and DuckDB')
    .option('--size <megabytes>', 'uncompressed size of the full export', wholeNumber, 2000)
    .option('--rounds <number>', 'runs of each, after one that warms it up', wholeNumber, 3)
    .option('--quick', 'a tenth of the size, and one round')
    .option('--no-spark', 'without PySpark, whose JVM takes its time')
    .option('--json <file>', 'write every single time there too')
    .action(async (options: ProcessingOptions) => {
      const isQuick = options.quick === true;
      const home = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
      const [loadBefore = NaN] = loadavg();
      try {
        const data = await makeData(home, isQuick ? options.size / 10 : options.size, report);
        const measured = await measureProcessing(
          home,
          data,
          { rounds: isQuick ? 1 : options.rounds, withSpark: options.spark, cores: cpus().length },
          report,
        );
        const text = renderProcessing(measured, loadBefore).join('\n');
        process.stdout.write(`${text}\n`);
        if (options.json !== undefined) {
          await writeFile(options.json, `${JSON.stringify(measured, null, 2)}\n`);
        }
      } finally {
        await rm(home, { recursive: true, force: true });
      }
    });
}

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Give a whole number above 0.');
  return Number(text);
}
