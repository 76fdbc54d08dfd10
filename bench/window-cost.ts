/** Owns `npm run bench window-cost`: what a window's commit costs as its table grows and ages. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { textTable } from '../src/cli/text-table.js';
import { median } from './dag/measure.js';
import { jitiRegister } from './processing/jiti-register.js';
import { processFacts } from './processing/process-facts.js';
import type { TableLine, WindowLine } from './window-cost/window-process.js';

interface WindowCostOptions {
  /** Millions. */
  readonly rows: readonly number[];
  readonly windows: readonly number[];
}

interface MeasuredTable {
  readonly millions: number;
  readonly indexSeconds: number;
  readonly windows: readonly WindowLine[];
  readonly peakRssBytes: number;
}

/** The measurement as a command. */
export function windowCostCommand(): Command {
  return new Command('window-cost')
    .summary('15,000 random changes into tables of any size, after any number of windows')
    .option('--rows <millions>', 'sizes of tables, with commas between', numbers, [1, 10, 50])
    .option('--windows <numbers>', 'after how many windows to look', numbers, [10, 100, 1000])
    .action(async ({ rows, windows }: WindowCostOptions) => {
      const measured: MeasuredTable[] = [];
      for (const millions of rows)
        measured.push(await measureTable(millions, Math.max(...windows)));
      const [load = NaN] = loadavg();
      const lines = [
        `Node: ${process.version}, load ${load.toFixed(1)}`,
        '',
        ...table(measured, windows),
        '',
        ...spreads(measured, windows),
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}

async function measureTable(millions: number, windowCount: number): Promise<MeasuredTable> {
  const home = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
  const script = fileURLToPath(new URL('window-cost/window-process.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    [
      '--import',
      jitiRegister(),
      script,
      join(home, 'lake'),
      String(millions * 1e6),
      String(windowCount),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'exit');
  const windows: WindowLine[] = [];
  let indexSeconds = NaN;
  let peakRssBytes = NaN;
  try {
    for await (const text of createInterface({ input: child.stdout })) {
      const line = JSON.parse(text) as TableLine | WindowLine;
      peakRssBytes = processFacts(child.pid ?? 0).peakRssBytes || peakRssBytes;
      if ('indexSeconds' in line) {
        indexSeconds = line.indexSeconds;
        process.stderr.write(`${millions} M rows: index in ${indexSeconds.toFixed(1)} s\n`);
        continue;
      }
      windows.push(line);
      if (line.number % 50 === 0) process.stderr.write(`window ${line.number}\n`);
    }
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new Error(`the table of ${millions} million rows ended with ${code}`);
  } finally {
    child.kill();
    await rm(home, { recursive: true, force: true });
  }
  return { millions, indexSeconds, windows, peakRssBytes };
}

/** Medians of the ten windows up to each number. */
const SPAN = 10;

function table(measured: readonly MeasuredTable[], looks: readonly number[]): readonly string[] {
  const right = (name: string): { name: string; align: 'right' } => ({ name, align: 'right' });
  return textTable(
    [
      right('million rows'),
      right('index built'),
      right('windows'),
      right('commit, median'),
      right('min–max'),
      right('CPU'),
      right('written'),
      right('without rows'),
      right('care, CPU'),
      right('care, written'),
      right('peak RSS'),
    ],
    measured.flatMap(({ millions, indexSeconds, windows, peakRssBytes }) =>
      looksOf(windows, looks).map(({ look, some, since }) => {
        const seconds = some.map((window) => window.commitSeconds);
        return [
          String(millions),
          `${indexSeconds.toFixed(1)} s`,
          String(look),
          milliseconds(median(seconds)),
          `${milliseconds(Math.min(...seconds))}–${milliseconds(Math.max(...seconds))}`,
          milliseconds(median(some.map((window) => window.cpuSeconds))),
          kilobytes(median(some.map((window) => window.writtenBytes))),
          kilobytes(median(some.map((window) => window.commitBytes))),
          milliseconds(mean(since.map((window) => window.careCpuSeconds))),
          kilobytes(mean(since.map((window) => window.careBytes))),
          `${(peakRssBytes / 2 ** 20).toFixed(0)} MiB`,
        ];
      }),
    ),
  );
}

/** The most by the least of all the table's cells, of what is to be flat. */
function spreads(measured: readonly MeasuredTable[], looks: readonly number[]): readonly string[] {
  const some = measured.flatMap(({ windows }) => looksOf(windows, looks));
  const told: readonly [string, (window: WindowLine) => number][] = [
    ['commit, median', (window) => window.commitSeconds],
    ['CPU', (window) => window.cpuSeconds],
    ['written', (window) => window.writtenBytes],
    ['without rows', (window) => window.commitBytes],
  ];
  return told.map(([name, of]) => {
    const medians = some.map((look) => median(look.some.map(of)));
    const ratio = Math.max(...medians) / Math.min(...medians);
    return `${name}: the most is ${ratio.toFixed(2)} times the least`;
  });
}

interface Look {
  readonly look: number;
  readonly some: readonly WindowLine[];
  /** All since the look before: the care of a table is in some of many windows. */
  readonly since: readonly WindowLine[];
}

function looksOf(windows: readonly WindowLine[], looks: readonly number[]): readonly Look[] {
  return looks.map((look, index) => ({
    look,
    some: windows.slice(Math.max(0, look - SPAN), look),
    since: windows.slice(looks[index - 1] ?? 0, look),
  }));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function milliseconds(seconds: number): string {
  return `${(1000 * seconds).toFixed(0)} ms`;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`;
}

function numbers(text: string): readonly number[] {
  if (!/^\d+(,\d+)*$/.test(text)) throw new InvalidArgumentError('Give whole numbers, as in 1,10.');
  return text
    .split(',')
    .map(Number)
    .sort((a, b) => a - b);
}
