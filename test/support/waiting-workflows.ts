/** Owns small workflows that wait, for the tests of the servers they run on. */
import { proxyActivities, sleep, workflowInfo } from '@temporalio/workflow';

/** What {@link retryOften} calls. */
export interface RetryActivities {
  failTwice(): Promise<number>;
}

const { failTwice } = proxyActivities<RetryActivities>({ startToCloseTimeout: '1 minute' });

/** Sleeps, and gives how long it was asked to. */
export async function sleepFor(ms: number): Promise<number> {
  await sleep(ms);
  return ms;
}

/** The attempt at which the activity went through. */
export async function retryOften(): Promise<number> {
  return await failTwice();
}

/** Sleeps a second at a time until the server suggests to continue as new; gives the event count. */
export async function sleepUntilSuggested(): Promise<number> {
  while (!workflowInfo().continueAsNewSuggested) await sleep(1000);
  return workflowInfo().historyLength;
}
