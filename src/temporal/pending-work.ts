/** Owns what a workflow's description tells of activities that have not ended. */
import type { DescribeWorkflowExecutionResponse } from '@temporalio/client';
import { ErrorCode } from '../core/errors.js';

/** An activity in work. */
export interface PendingWork {
  /** The activity's name, such as `awaitExport`. */
  readonly activity: string;
  /** Counts from 1. */
  readonly attempt: number;
  /** Waiting is no trouble: what it waits for is not there yet. */
  readonly state: 'running' | 'waiting' | 'retrying';
  /** Of the last attempt. */
  readonly lastFailure?: string;
  readonly nextAttemptAt?: string;
}

/** The activities that `description` shows as pending. */
export function pendingWorkOf(
  description: DescribeWorkflowExecutionResponse,
): readonly PendingWork[] {
  return (description.pendingActivities ?? []).map((activity) => {
    const failure = activity.lastFailure ?? undefined;
    const isWaiting = failure?.applicationFailureInfo?.type === ErrorCode.NotYet;
    const nextAttemptAt = isoTime(activity.nextAttemptScheduleTime?.seconds);
    return {
      activity: activity.activityType?.name ?? 'activity',
      attempt: activity.attempt ?? 1,
      state: failure === undefined ? 'running' : isWaiting ? 'waiting' : 'retrying',
      ...(failure === undefined ? {} : { lastFailure: failure.message ?? 'an unknown failure' }),
      ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }),
    };
  });
}

function isoTime(seconds: { toString(): string } | number | null | undefined): string | undefined {
  if (seconds === null || seconds === undefined) return undefined;
  const epochSeconds = Number(seconds.toString());
  return epochSeconds > 0 ? new Date(epochSeconds * 1000).toISOString() : undefined;
}
