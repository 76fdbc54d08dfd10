/** Owns when a workflow continues as new. */
import { workflowInfo } from '@temporalio/workflow';

/**
 * History length, in events, past which a run continues as new even where the server suggests
 * nothing: well under the 4,096 at which servers begin to, so that replays stay quick.
 */
const HISTORY_LIMIT_EVENTS = 4000;

/** Whether it is time to continue as new. */
export function shouldContinueAsNew(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > HISTORY_LIMIT_EVENTS;
}
