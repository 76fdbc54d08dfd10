/** Owns asking Airflow's REST API for runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Timing } from '../peer.js';

const tokenSchema = z.object({ access_token: z.string() });
const runSchema = z.object({
  state: z.string(),
  start_date: z.string().nullable(),
  end_date: z.string().nullable(),
});

/** Each look costs Airflow's server some milliseconds, so there are few. */
const POLL_MS = 500;
const RUN_TIMEOUT_MS = 10 * 60_000;

/** Talks to the API server at `url`. */
export class AirflowClient {
  readonly #url: string;
  #token: string | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** Runs a DAG to its end; the recorded time is the run's `start_date` to its `end_date`. */
  async run(dagId: string, runId: string): Promise<Timing> {
    const runs = `/api/v2/dags/${dagId}/dagRuns`;
    const askedAt = performance.now();
    await this.#ask(runs, { dag_run_id: runId, logical_date: null });
    while (performance.now() - askedAt < RUN_TIMEOUT_MS) {
      await sleep(POLL_MS);
      const run = runSchema.parse(await this.#ask(`${runs}/${runId}`));
      if (run.state === 'failed') throw new Error(`Airflow's run ${runId} of ${dagId} failed`);
      if (run.state === 'success' && run.start_date !== null && run.end_date !== null) {
        const wallMs = performance.now() - askedAt;
        return { recordedMs: Date.parse(run.end_date) - Date.parse(run.start_date), wallMs };
      }
    }
    throw new Error(`Airflow's run ${runId} of ${dagId} did not end in ten minutes`);
  }

  /** Whether the server answers and knows all of `dagIds`. */
  async knows(dagIds: readonly string[]): Promise<boolean> {
    try {
      for (const dagId of dagIds) await this.#ask(`/api/v2/dags/${dagId}`);
      return true;
    } catch {
      return false;
    }
  }

  async #ask(path: string, body?: object): Promise<unknown> {
    this.#token ??= tokenSchema.parse(
      await (await fetch(`${this.#url}/auth/token`)).json(),
    ).access_token;
    const response = await fetch(`${this.#url}${path}`, {
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    if (!response.ok) {
      throw new Error(`Airflow answers ${path} with ${response.status}: ${await response.text()}`);
    }
    return await response.json();
  }
}
