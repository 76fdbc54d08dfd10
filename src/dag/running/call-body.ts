/** Owns calling a task's body and reading what became of it, the same in a worker and in a test. */
import { messageOf, TidemarkError } from '../../core/errors.js';
import type { AnyBody } from '../authoring/definition.js';
import type { Json, TaskNode } from '../graph.js';
import type { TaskError } from '../outcome.js';
import type { RunContext } from '../run-context.js';

/** Thrown by `run.skip(reason)`. */
export class SkipTask extends Error {
  override readonly name = 'SkipTask';
}

/** Thrown by `run.fail(reason)`. */
export class FailTask extends Error {
  override readonly name = 'FailTask';
}

/** What became of one call. */
export type BodyResult =
  | { readonly kind: 'succeeded'; readonly value: Json | undefined }
  | {
      readonly kind: 'failed';
      readonly error: TaskError;
      readonly retryable: boolean;
      /** What a TidemarkError asked for by `retryAfterSeconds`. */
      readonly retryAfterMs?: number;
    }
  | { readonly kind: 'skipped'; readonly reason: string }
  /** A sensor found nothing yet. */
  | { readonly kind: 'notYet' };

/**
 * Calls `body`. An error may be retried unless it is {@link FailTask} or a TidemarkError that says
 * that trying again cannot help.
 */
export async function callBody(
  node: Pick<TaskNode, 'kind'>,
  body: AnyBody,
  inputs: Readonly<Record<string, unknown>>,
  run: RunContext<never>,
): Promise<BodyResult> {
  try {
    const value = (await body(inputs as never, run as never)) as Json | undefined;
    const found = value !== undefined && value !== null && value !== false;
    if (node.kind === 'sensor' && !found) return { kind: 'notYet' };
    return { kind: 'succeeded', value };
  } catch (thrown) {
    return resultOfThrown(thrown);
  }
}

/** How an error that a body threw counts. */
function resultOfThrown(thrown: unknown): BodyResult {
  if (thrown instanceof SkipTask) return { kind: 'skipped', reason: thrown.message };
  const type =
    thrown instanceof TidemarkError
      ? thrown.code
      : thrown instanceof Error
        ? thrown.name
        : undefined;
  const error = { message: messageOf(thrown), ...(type === undefined ? {} : { type }) };
  const final =
    thrown instanceof FailTask || (thrown instanceof TidemarkError && !thrown.retryable);
  const afterSeconds = thrown instanceof TidemarkError ? thrown.retryAfterSeconds : undefined;
  return {
    kind: 'failed',
    error,
    retryable: !final,
    ...(afterSeconds === undefined ? {} : { retryAfterMs: afterSeconds * 1000 }),
  };
}

/** The `skip` and `fail` of a run context. */
export const bodyControls = {
  skip(reason: string): never {
    throw new SkipTask(reason);
  },
  fail(reason: string): never {
    throw new FailTask(reason);
  },
};
