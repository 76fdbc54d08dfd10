/** Owns telling a person of what a sync has come to, beside its work and never in its way. */
import { condition, isCancellation, log, rootCause } from '@temporalio/workflow';
import { alertsDue, nextAlertAt } from '../src/sync/alerts.js';
import { alerting } from './activity-proxies.js';
import type { SyncRun } from './sync-run.js';

/**
 * Tells each change of state once, for as long as the run lasts; an alert that cannot be delivered for
 * an hour is given up. Alerts still in hand when a run continues as new are told by the next one.
 */
export async function watchSync(run: SyncRun): Promise<void> {
  const hasNews = (): boolean => {
    const { due, told } = alertsDue(run.state, run.now(), run.input);
    return due.length > 0 || JSON.stringify(told) !== JSON.stringify(run.state.told ?? {});
  };
  for (;;) {
    const { due, told } = alertsDue(run.state, run.now(), run.input);
    for (const alert of due) {
      try {
        await alerting.sendAlert.executeWithOptions({ summary: `alert: ${alert.kind}` }, [alert]);
      } catch (error) {
        if (isCancellation(error)) return;
        log.warn(`an alert was not taken: ${rootCause(error) ?? ''}`, { alert });
      }
    }
    run.update((state) => ({ ...state, told }));
    const at = nextAlertAt(run.state, run.now(), run.input);
    if (hasNews()) continue;
    if (at === undefined) await condition(hasNews);
    else await run.sleepUnless(hasNews, at, 'watch');
  }
}
