/** Owns `npm run bench dag`: the overhead of a task, ours against Airflow and Temporal by hand. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { FAST } from './dag/airflow/airflow-settings.js';
import { startAirflow } from './dag/airflow/start-airflow.js';
import { machineFacts } from './dag/machine.js';
import { measure, type Measured, type Pace } from './dag/measure.js';
import { PeerId } from './dag/peer.js';
import { renderReport } from './dag/report.js';
import { judge } from './dag/targets.js';
import { startTemporalPeers } from './dag/temporal-peers.js';

interface DagBenchOptions {
  readonly rounds: number;
  readonly quick?: true;
  /** False with `--no-airflow`. */
  readonly airflow: boolean;
  readonly check?: true;
  readonly json?: string;
}

/** The measurement as a command. */
export function dagCommand(): Command {
  return new Command('dag')
    .summary('overhead of a light task, against Airflow and Temporal by hand')
    .option('--rounds <number>', 'runs of each, three times as many on Temporal', wholeNumber, 5)
    .option('--quick', 'one round, and nothing of Airflow as installed, which takes a minute')
    .option('--no-airflow', 'Temporal alone')
    .option('--check', 'end with code 1 unless every target is met')
    .option('--json <file>', 'write every single time there too')
    .action(async (options: DagBenchOptions) => {
      const [loadBefore = NaN] = loadavg();
      const measured = await measureAll(options);
      const facts = await machineFacts(options.airflow, loadBefore);
      const targets = judge(measured);
      process.stdout.write(`${renderReport(facts, measured, targets).join('\n')}\n`);
      if (options.json !== undefined) {
        await writeFile(options.json, `${JSON.stringify({ facts, measured, targets }, null, 2)}\n`);
      }
      if (options.check === true && targets.some(({ isMet }) => isMet !== true)) {
        process.exitCode = 1;
      }
    });
}

const AIRFLOW_PACE = { warmUps: 1, restMs: 2000 } as const satisfies Partial<Pace>;
/** Short runs: many of them, for the machine's noise is as large as what is looked for. */
const TEMPORAL_PACE = { warmUps: 20, restMs: 500 } as const satisfies Partial<Pace>;

/** Each in its turn with the machine to itself: an idle scheduler of Airflow's is not idle. */
async function measureAll(options: DagBenchOptions): Promise<readonly Measured[]> {
  const rounds = options.quick === true ? 1 : options.rounds;
  const pace = { rounds, ...AIRFLOW_PACE };
  const home = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
  const measured: Measured[] = [];
  try {
    if (options.airflow) {
      const airflow = await startAirflow(PeerId.airflow, join(home, 'fast'), FAST, report);
      measured.push(...(await measure([airflow], pace, report).finally(airflow.stop)));
    }
    if (options.airflow && options.quick !== true) {
      const airflow = await startAirflow(
        PeerId.airflowAsInstalled,
        join(home, 'as-installed'),
        {},
        report,
      );
      measured.push(...(await measure([airflow], pace, report).finally(airflow.stop)));
    }
    const temporal = await startTemporalPeers(join(home, 'temporal'), report);
    const often = { rounds: 3 * rounds, ...TEMPORAL_PACE };
    measured.push(...(await measure(temporal.peers, often, report).finally(temporal.stop)));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
  return measured;
}

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('Give a number from 1 to 99.');
  return Number(text);
}
