/** Owns telling whether a commit took place when its answer is lost. */
import { ErrorCode, messageOf, TidemarkError } from '../core/errors.js';
import { COMMIT_ID } from '../iceberg/catalog.js';
import type { TableMetadata } from '../iceberg/table-metadata.js';
import type { TableUpdate } from '../iceberg/table-update.js';

/** Looks for what only one commit can have brought. */
export type CommitMark = (metadata: TableMetadata) => boolean;

/** The mark of a commit is its snapshots, whose ids are its own, or its `COMMIT_ID`; undefined without. */
export function markOf(updates: readonly TableUpdate[]): CommitMark | undefined {
  const ids = updates.flatMap((update) =>
    update.action === 'add-snapshot' ? [update.snapshot['snapshot-id']] : [],
  );
  if (ids.length === 0) return commitIdMark(updates);
  return ({ snapshots }) => ids.every((id) => snapshots.some((s) => s['snapshot-id'] === id));
}

function commitIdMark(updates: readonly TableUpdate[]): CommitMark | undefined {
  const id = updates
    .flatMap((update) => (update.action === 'set-properties' ? [update.updates[COMMIT_ID]] : []))
    .findLast((value) => value !== undefined);
  return id === undefined ? undefined : ({ properties }) => properties[COMMIT_ID] === id;
}

/** The mark of a table's creation is its uuid. */
export function creationMark(created: TableMetadata): CommitMark {
  return (metadata) => metadata['table-uuid'] === created['table-uuid'];
}

/** For the caller to load the table and look. */
export function unknownOutcome(subject: string, cause: unknown): TidemarkError {
  const why = cause === undefined ? '.' : `: ${messageOf(cause)}`;
  return new TidemarkError(`Whether the commit to ${subject} took place is not known${why}`, {
    code: ErrorCode.Unreachable,
    subject,
    retryable: true,
    hint: 'Load the table: it tells.',
    cause,
  });
}
