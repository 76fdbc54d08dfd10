/** Owns the heartbeat of long work, so that a dead worker is noticed long before the time limit. */
import { Context } from '@temporalio/activity';

const BEAT_MS = 5000;

/** Runs `work` while beating; `progress` is what a look at the pending activity shows. */
export async function beating<Result>(
  progress: () => unknown,
  work: () => Promise<Result>,
): Promise<Result> {
  const context = Context.current();
  const timer = setInterval(() => {
    context.heartbeat(progress());
  }, BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
