/** Owns how the measured Airflow is set up: what any run here needs, and what makes it fast. */
import { randomBytes } from 'node:crypto';
import { DAG_IDS, FAN_WIDTH, SEQUENCE_LENGTH } from '../shapes.js';

/** Airflow's settings by the names of its environment variables. */
export type AirflowSettings = Readonly<Record<string, string>>;

/**
 * What no measurement can do without. LocalExecutor on SQLite is what Airflow 3 itself starts with;
 * example DAGs and a paused start are off, and so is the log of every state change.
 */
export function neededSettings(home: string, port: number): AirflowSettings {
  const url = `http://127.0.0.1:${port}`;
  return {
    AIRFLOW_HOME: home,
    AIRFLOW__CORE__EXECUTOR: 'LocalExecutor',
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION: 'False',
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS: 'True',
    AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `${url}/execution/`,
    AIRFLOW__API__HOST: '127.0.0.1',
    AIRFLOW__API__PORT: String(port),
    AIRFLOW__API__BASE_URL: url,
    AIRFLOW__API_AUTH__JWT_SECRET: randomBytes(64).toString('hex'),
    AIRFLOW__LOGGING__LOGGING_LEVEL: 'WARNING',
    PYTHONDONTWRITEBYTECODE: '1',
    BENCH_SEQUENCE_ID: DAG_IDS.sequence,
    BENCH_SEQUENCE: String(SEQUENCE_LENGTH),
    BENCH_FAN_ID: DAG_IDS.sideBySide,
    BENCH_FAN: String(FAN_WIDTH),
  };
}

/**
 * What makes it fast. The idle sleep is nearly all of a light task's time as installed, a second
 * each; with none at all the scheduler was no faster here.
 */
export const FAST: AirflowSettings = {
  AIRFLOW__CORE__PARALLELISM: '32',
  AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG: '128',
  AIRFLOW__SCHEDULER__MAX_TIS_PER_QUERY: '128',
  AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC: '1',
  AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME: '0.01',
};
