/** Owns the order of the runs: each program in its turn, with the machine to itself. */
import { rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  lightPython,
  PYTHON_ENVIRONMENT,
  sparkIceberg,
  sparkPython,
} from '../../test/support/reader-programs.js';
import { startJsonLines, type JsonLinesProcess } from '../../test/support/json-lines-process.js';
import { jitiRegister } from './jiti-register.js';
import type { LakeRequests } from './lake-process.js';
import type { BenchData } from './make-data.js';
import type { MadeExport } from './make-exports.js';
import { processFacts } from './process-facts.js';
import type { Stages } from './stages.js';

export interface RunOptions {
  readonly rounds: number;
  readonly withSpark: boolean;
  readonly cores: number;
}

/** One program's loads of one export. */
export interface MeasuredLoads {
  readonly program: string;
  readonly what: string;
  readonly rows: number;
  /** Uncompressed. */
  readonly textBytes: number;
  readonly seconds: readonly number[];
  /** Of all runs together, the first one included. */
  readonly cpuSeconds: number;
  readonly runs: number;
  readonly peakRssBytes: number;
}

export interface MeasuredProcessing {
  readonly cores: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly loads: readonly MeasuredLoads[];
  readonly windows: readonly MeasuredLoads[];
  readonly stages: Stages;
}

type Timed = LakeRequests['load']['result'];
type Report = (line: string) => void;

/** Measures everything; lakes are made in `home`. */
export async function measureProcessing(
  home: string,
  data: BenchData,
  options: RunOptions,
  report: Report,
): Promise<MeasuredProcessing> {
  const versions: Record<string, string> = { Node: process.version };
  const bench: Bench = { home, data, options, report, versions };
  const loads: MeasuredLoads[] = [];
  const windows: MeasuredLoads[] = [];
  for (const export_ of [data.tenth, data.full]) {
    loads.push(await withOurs((ours) => measureLoads(bench, ours, export_)));
  }
  windows.push(await withOurs((ours) => measureWindows(bench, ours)));
  loads.push(await withDuckdb(bench, (duckdb) => measureLoads(bench, duckdb, data.full)));
  if (options.withSpark) {
    await withSpark(bench, async (spark) => {
      loads.push(await measureLoads(bench, spark, data.full));
    });
    await withSpark(bench, async (spark) => {
      windows.push(await measureWindows(bench, spark));
    });
  }
  const stages = await withOurs(
    (ours) => ours.ask('stages', { made: data.full }) as Promise<Stages>,
  );
  return { cores: options.cores, versions, loads, windows, stages };
}

interface Bench {
  readonly home: string;
  readonly data: BenchData;
  readonly options: RunOptions;
  readonly report: Report;
  readonly versions: Record<string, string>;
}

/** A program that loads exports, in a process of its own. */
interface Program {
  readonly name: string;
  readonly pid: number;
  readonly ask: JsonLinesProcess['ask'];
  /** Loads a full export into an empty lake. */
  load(made: MadeExport, lake: string): Promise<Timed>;
  /** Brings a window into the lake loaded last. */
  merge?(made: MadeExport, lake: string): Promise<Timed>;
}

async function measureLoads(
  bench: Bench,
  program: Program,
  made: MadeExport,
): Promise<MeasuredLoads> {
  const seconds: number[] = [];
  for (let round = 0; round <= bench.options.rounds; round++) {
    const lake = join(bench.home, `lake-${round}`);
    const timed = await program.load(made, lake);
    await rm(lake, { recursive: true, force: true });
    requireRows(program, timed.rows, made.itemCount);
    bench.report(`${program.name}: ${made.itemCount} rows in ${timed.seconds.toFixed(1)} s`);
    if (round > 0) seconds.push(timed.seconds);
  }
  const runs = bench.options.rounds + 1;
  return { ...factsOf(program, made), what: 'full load', rows: made.itemCount, seconds, runs };
}

async function measureWindows(bench: Bench, program: Program): Promise<MeasuredLoads> {
  const { base, windows } = bench.data;
  const lake = join(bench.home, 'lake-windows');
  await program.load(base, lake);
  const before = processFacts(program.pid).cpuSeconds;
  const seconds: number[] = [];
  for (const [index, made] of windows.entries()) {
    const timed = await program.merge?.(made, lake);
    if (timed === undefined) continue;
    bench.report(`${program.name}: window ${index + 1} in ${timed.seconds.toFixed(2)} s`);
    if (index > 0) seconds.push(timed.seconds);
  }
  await rm(lake, { recursive: true, force: true });
  const made = windows[0] as MadeExport;
  const facts = factsOf(program, made);
  return {
    ...facts,
    cpuSeconds: facts.cpuSeconds - before,
    what: `window into ${base.itemCount} rows`,
    rows: made.itemCount,
    seconds,
    runs: windows.length,
  };
}

function factsOf(
  { name, pid }: Program,
  { textBytes }: MadeExport,
): Pick<MeasuredLoads, 'program' | 'textBytes' | 'cpuSeconds' | 'peakRssBytes'> {
  return { program: name, textBytes, ...processFacts(pid) };
}

function requireRows({ name }: Program, rows: number, wanted: number): void {
  if (rows !== wanted) throw new Error(`${name} has ${rows} rows where ${wanted} were exported.`);
}

async function withOurs<T>(use: (program: Program) => Promise<T>): Promise<T> {
  const script = fileURLToPath(new URL('lake-process.ts', import.meta.url));
  const args = ['--import', jitiRegister(), script];
  return await withProcess(process.execPath, args, process.env, (running) => {
    const load: Program['load'] = async (made, lake) =>
      (await running.ask('load', { made, lake })) as Timed;
    return use({ name: 'tidemark', ...running, load, merge: load });
  });
}

async function withDuckdb<T>(bench: Bench, use: (program: Program) => Promise<T>): Promise<T> {
  const args = [peer('duckdb_load.py'), String(bench.options.cores)];
  return await withProcess(
    await lightPython(bench.report),
    args,
    PEERS_ENVIRONMENT,
    async (running) => {
      bench.versions['DuckDB'] = String(await running.ask('version', {}));
      return use({
        name: 'DuckDB SQL to Parquet',
        ...running,
        load: async (made, folder) =>
          (await running.ask('load', { files: pathsOf(made), folder })) as Timed,
      });
    },
  );
}

async function withSpark<T>(bench: Bench, use: (program: Program) => Promise<T>): Promise<T> {
  const { report, options, home } = bench;
  const args = [
    peer('spark_load.py'),
    await sparkIceberg(report),
    String(options.cores),
    join(home, 'warehouse'),
  ];
  return await withProcess(await sparkPython(report), args, PEERS_ENVIRONMENT, async (running) => {
    bench.versions['Spark'] = String(await running.ask('version', {}));
    const table = { table: 'db.orders', mode: 'merge-on-read' };
    return use({
      name: 'PySpark',
      ...running,
      load: async (made) =>
        (await running.ask('load', { ...table, files: pathsOf(made) })) as Timed,
      merge: async (made) =>
        (await running.ask('merge', { ...table, files: pathsOf(made) })) as Timed,
    });
  });
}

async function withProcess<T>(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  use: (running: Pick<Program, 'pid' | 'ask'>) => Promise<T>,
): Promise<T> {
  const running = startJsonLines(command, args, env);
  try {
    return await use(running);
  } finally {
    await running.close();
  }
}

const PEERS_ENVIRONMENT: NodeJS.ProcessEnv = {
  ...PYTHON_ENVIRONMENT,
  PYTHONPATH: [PYTHON_ENVIRONMENT['PYTHONPATH'], process.env['PYTHONPATH']]
    .filter((path) => path !== undefined)
    .join(delimiter),
};

function peer(script: string): string {
  return fileURLToPath(new URL(`peers/${script}`, import.meta.url));
}

function pathsOf({ folder, files }: MadeExport): readonly string[] {
  return files.map(({ key }) => join(folder, key));
}
