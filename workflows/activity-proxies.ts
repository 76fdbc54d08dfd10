/** Owns how workflows call activities: time limits and retries by the kind of work. */
import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { TableActivities } from '../activities/table/table-activities.js';

// No limit on attempts: a window is tried again until it commits, and what no retry can mend comes
// back as a non-retryable failure and parks the sync.
const retry = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' };

const call: ActivityOptions = { startToCloseTimeout: '30 seconds', retry };

// Long work beats its heart, so that a dead worker is noticed in seconds, not at the time limit.
const work: ActivityOptions = {
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '20 seconds',
  retry,
};

/** Calls to a service: one request each. */
export const calls =
  proxyActivities<
    Pick<
      TableActivities,
      | 'enablePitr'
      | 'awaitRestorable'
      | 'requestExport'
      | 'openExportLine'
      | 'awaitExport'
      | 'requestAuditExport'
    >
  >(call);

/** Asking for an export in turn: often, since others wait behind. */
export const turns = proxyActivities<Pick<TableActivities, 'requestExport'>>({
  ...call,
  retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '30 seconds' },
});

// A commit may have to read the keys of the whole table, whose index was lost with its machine: that
// takes as long as the table is large, and an attempt that ends begins with nothing.
const commit: ActivityOptions = { ...work, startToCloseTimeout: '30 days' };

/** Work on data, of which no piece grows with the table. */
export const works =
  proxyActivities<Pick<TableActivities, 'readLake' | 'planLoad' | 'profileBatch' | 'writeBatch'>>(
    work,
  );

/**
 * The work of audits. Nobody waits for it, and what fails again and again shall come to light; the
 * next audit tries anew.
 */
export const audits = proxyActivities<Pick<TableActivities, 'compareExport' | 'deleteAuditExport'>>(
  { ...work, startToCloseTimeout: '2 days', retry: { ...retry, maximumAttempts: 10 } },
);

/** Deleting exports: what is refused is tried again after the next commit, not here for ever. */
export const deletions = proxyActivities<Pick<TableActivities, 'deleteExports'>>({
  ...work,
  startToCloseTimeout: '1 hour',
  retry: { ...retry, maximumAttempts: 3 },
});

/** Telling a person: given up after an hour, since by then something else is to be told. */
export const alerting = proxyActivities<Pick<TableActivities, 'sendAlert'>>({
  startToCloseTimeout: '15 seconds',
  scheduleToCloseTimeout: '1 hour',
  retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '5 minutes' },
});

/** The commit of a load. */
export const commits = proxyActivities<Pick<TableActivities, 'commitLoad'>>(commit);
