/** Owns when a workflow continues as new. */
import { workflowInfo } from '@temporalio/workflow';

/**
 * History length, in events, past which a run continues as new even where the server suggests
 * nothing: well under the 4,096 at which servers begin to, so that replays stay quick.
 */
const HISTORY_LIMIT_EVENTS = 4000;

/** Up to here a run goes on beside what it would have to wait for; well under the server's 51,200. */
const HISTORY_END_EVENTS = 9000;

/** Whether a workflow should come to rest, to continue as new. */
export type Fullness = 'no' | 'soon' | 'now';

/** How full the history is, for a workflow that may have long work in hand. */
export function fullness(): Fullness {
  if (!shouldContinueAsNew()) return 'no';
  return workflowInfo().historyLength > HISTORY_END_EVENTS ? 'now' : 'soon';
}

/** Whether it is time to continue as new. */
export function shouldContinueAsNew(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > HISTORY_LIMIT_EVENTS;
}
