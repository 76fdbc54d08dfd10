/** Owns the report of a measurement that a person reads. */
import { cpus, loadavg, totalmem } from 'node:os';
import { textTable } from '../../src/cli/text-table.js';
import { median } from '../dag/measure.js';
import type { MeasuredLoads, MeasuredProcessing } from './measure-processing.js';

/** Lines: facts, loads, ratios, stages. */
export function renderProcessing(
  measured: MeasuredProcessing,
  loadBefore: number,
): readonly string[] {
  const [loadAfter = NaN] = loadavg();
  const { loads, windows, versions } = measured;
  const memoryGib = (totalmem() / 2 ** 30).toFixed(1);
  return [
    `date: ${new Date().toISOString().slice(0, 10)}`,
    `machine: ${measured.cores} cores (${cpus()[0]?.model ?? 'unknown'}), ${memoryGib} GiB`,
    `load: ${loadBefore.toFixed(1)} before, ${loadAfter.toFixed(1)} after`,
    ...Object.entries(versions).map(([name, version]) => `${name}: ${version}`),
    '',
    ...loadsTable([...loads, ...windows]),
    '',
    ...ratios(loads, 'full load'),
    ...ratios(windows, windows[0]?.what ?? ''),
    '',
    ...stagesOf(measured),
  ];
}

function loadsTable(loads: readonly MeasuredLoads[]): readonly string[] {
  return textTable(
    [
      { name: 'what' },
      { name: 'by' },
      { name: 'MB', align: 'right' },
      { name: 'runs', align: 'right' },
      { name: 'median', align: 'right' },
      { name: 'min–max', align: 'right' },
      { name: 'rows/s', align: 'right' },
      { name: 'MB/s', align: 'right' },
      { name: 'CPU a run', align: 'right' },
      { name: 'peak RSS', align: 'right' },
    ],
    loads.map(({ what, program, rows, textBytes, seconds, cpuSeconds, runs, peakRssBytes }) => {
      const middle = median(seconds);
      const megabytes = textBytes / 1e6;
      return [
        what,
        program,
        megabytes.toFixed(0),
        String(seconds.length),
        `${middle.toFixed(2)} s`,
        `${Math.min(...seconds).toFixed(2)}–${Math.max(...seconds).toFixed(2)}`,
        (rows / middle).toFixed(0),
        (megabytes / middle).toFixed(1),
        `${(cpuSeconds / runs).toFixed(2)} s`,
        `${(peakRssBytes / 2 ** 20).toFixed(0)} MiB`,
      ];
    }),
  );
}

/** How many times as long as ours the others take for the same. */
function ratios(loads: readonly MeasuredLoads[], what: string): readonly string[] {
  const ours = loads.findLast(({ program }) => program === OURS);
  if (ours === undefined) return [];
  return loads
    .filter(({ program }) => program !== OURS)
    .map(({ program, seconds }) => {
      const ratio = median(seconds) / median(ours.seconds);
      return `${what}: ${program} / ${OURS} ${ratio.toFixed(2)}`;
    });
}

const OURS = 'tidemark';

function stagesOf({ stages, loads }: MeasuredProcessing): readonly string[] {
  const { gunzip, profile, scan, encode } = stages;
  const full = loads.findLast(({ program }) => program === OURS);
  const pass = gunzip + scan + encode;
  const bound = gunzip + scan;
  // By the cores' own time: the wall time of a machine that has other work says nothing of this.
  const whole =
    full === undefined ? NaN : (1e3 * full.cpuSeconds) / full.runs / (full.textBytes / 1e6);
  const ms = (value: number): string => value.toFixed(2);
  return [
    `CPU of one thread, ms/MB: gunzip ${ms(gunzip)}, profile ${ms(profile)}, scan ${ms(scan)}, encode ${ms(encode)}`,
    `one pass ${ms(pass)}, of which gunzip + scan ${ms(bound)}; a full load took ${ms(whole)}, ${(whole / bound).toFixed(1)} times gunzip + scan`,
  ];
}
