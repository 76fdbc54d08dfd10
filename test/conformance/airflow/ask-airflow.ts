/** Owns getting Airflow's own answers: a pinned Airflow in a cached virtual environment, asked once. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** The release whose behaviour ours is held to. */
export const AIRFLOW_VERSION = '3.3.2';

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
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const venv = join(cache, 'tidemark', `venv-airflow-${AIRFLOW_VERSION}`);
  const python = join(venv, 'bin', 'python');
  const complete = join(venv, 'complete');
  if (!existsSync(complete)) {
    execFileSync('python3', ['-m', 'venv', venv], { stdio: 'inherit' });
    const install = ['-m', 'pip', 'install', '--quiet', `apache-airflow==${AIRFLOW_VERSION}`];
    execFileSync(python, install, { stdio: 'inherit' });
    writeFileSync(complete, AIRFLOW_VERSION);
  }
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
