/** Owns getting Airflow's own answers: everything is asked at once. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { airflowPython } from '../../support/airflow-python.js';

/** What ask_airflow.py writes. */
export interface AirflowAnswers {
  readonly version: string;
  readonly direct: readonly (readonly [
    rule: string,
    setups: number,
    states: readonly (string | null)[],
    verdict: string,
  ])[];
  readonly setups: readonly (readonly [
    target: 'x' | 't',
    rule: string,
    states: Readonly<Record<string, string | null>>,
    verdict: string,
  ])[];
  readonly leaves: readonly (readonly [
    edges: readonly (readonly [string, string])[],
    failing: boolean | null,
    leaves: readonly string[],
  ])[];
  readonly cron: readonly (readonly [
    expression: string,
    zone: string,
    from: number,
    fires: readonly number[],
  ])[];
}

/** Installs Airflow where it is missing (minutes, once a machine) and asks it everything. */
export function askAirflow(): AirflowAnswers {
  const python = airflowPython();
  const home = mkdtempSync(join(tmpdir(), 'tidemark-airflow-'));
  try {
    const answers = join(home, 'answers.json');
    const script = join(import.meta.dirname, 'ask_airflow.py');
    const env = { ...process.env, AIRFLOW_HOME: home, PYTHONDONTWRITEBYTECODE: '1' };
    execFileSync(python, [script, answers], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    return JSON.parse(readFileSync(answers, 'utf8')) as AirflowAnswers;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
