/** Owns the pinned Airflow from PyPI, in a virtual environment in the cache. */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../../src/config/cache-directory.js';

/** The release whose behaviour ours is held to. */
export const AIRFLOW_VERSION = '3.3.2';

/** The Python that has Airflow; installs it where it is missing (minutes, once a machine). */
export function airflowPython(): string {
  const venv = join(cacheDirectory(), `venv-airflow-${AIRFLOW_VERSION}`);
  const python = join(venv, 'bin', 'python');
  const complete = join(venv, 'complete');
  if (!existsSync(complete)) {
    execFileSync('python3', ['-m', 'venv', venv], { stdio: 'inherit' });
    const install = ['-m', 'pip', 'install', '--quiet', `apache-airflow==${AIRFLOW_VERSION}`];
    execFileSync(python, install, { stdio: 'inherit' });
    writeFileSync(complete, AIRFLOW_VERSION);
  }
  return python;
}
