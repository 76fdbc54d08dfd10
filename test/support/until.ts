/** Owns waiting for a condition that another process brings about. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Returns when `condition` holds; throws when it does not within 30 seconds. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not reached in time: ${condition.toString()}`);
    await sleep(25);
  }
}
