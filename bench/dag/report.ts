/** Owns the report that a person reads. */
import { textTable } from '../../src/cli/text-table.js';
import type { Facts } from './machine.js';
import { median, type Measured } from './measure.js';
import { PEER_NAMES, type Timing } from './peer.js';
import { SHAPE_NAMES, SHAPES, TASK_COUNTS } from './shapes.js';
import { ratios, type Target } from './targets.js';

/** Where the times come from, for those who read the table alone. */
const NOTES = [
  'Every task returns a constant. "Side by side" has a task before the others and one after them.',
  "Recorded is from a run's start to its end as its own server has it: Airflow's start_date to",
  "end_date, the first event of Temporal's history to the last. Wall is what the client waited.",
] as const;

/** Lines: facts, times, ratios, verdicts. */
export function renderReport(
  facts: Facts,
  measured: readonly Measured[],
  targets: readonly Target[],
): readonly string[] {
  return [
    ...Object.entries(facts).map(([name, fact]) => `${name}: ${fact}`),
    '',
    ...NOTES,
    '',
    ...timesTable(measured),
    '',
    ...ratiosTable(measured),
    '',
    ...targets.map(verdict),
  ];
}

function timesTable(measured: readonly Measured[]): readonly string[] {
  return textTable(
    [
      { name: 'shape' },
      { name: 'run by' },
      { name: 'runs', align: 'right' },
      { name: 'recorded, median', align: 'right' },
      { name: 'min–max', align: 'right' },
      { name: 'a task', align: 'right' },
      { name: 'wall, median', align: 'right' },
      { name: 'events', align: 'right' },
    ],
    SHAPES.flatMap((shape) =>
      measured
        .filter((one) => one.shape === shape)
        .map(({ peer, timings }) => {
          const recorded = of(timings, 'recordedMs');
          const middle = median(recorded);
          return [
            SHAPE_NAMES[shape],
            PEER_NAMES[peer],
            String(timings.length),
            seconds(middle),
            `${seconds(Math.min(...recorded))}–${seconds(Math.max(...recorded))}`,
            `${(middle / TASK_COUNTS[shape]).toFixed(1)} ms`,
            seconds(median(of(timings, 'wallMs'))),
            String(timings[0]?.events ?? ''),
          ];
        }),
    ),
  );
}

function ratiosTable(measured: readonly Measured[]): readonly string[] {
  return textTable(
    [
      { name: 'ratio of medians' },
      ...SHAPES.map((shape) => ({ name: SHAPE_NAMES[shape], align: 'right' as const })),
    ],
    ratios(measured).map(({ name, values }) => [
      name,
      ...SHAPES.map((shape) => values[shape]?.toFixed(2) ?? 'not measured'),
    ]),
  );
}

function verdict({ text, reached, isMet }: Target): string {
  if (reached === undefined) return `not measured: ${text}`;
  return `${isMet === true ? 'met' : 'NOT MET'}: ${text}: ${reached.toFixed(2)}`;
}

function of(timings: readonly Timing[], what: 'recordedMs' | 'wallMs'): readonly number[] {
  return timings.map((timing) => timing[what]);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
