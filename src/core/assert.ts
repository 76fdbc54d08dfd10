/** Owns the assertion of what must be true if our own code is right. */

/** Thrown when our own code broke an invariant; never caught, never retried into success. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws {@link InvariantError} unless `condition` holds; `message` says what was expected. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(`Invariant broken: ${message}`);
}

/** For the `default` of an exhaustive switch: a value of a kind the compiler ruled out. */
export function unreachable(value: never): never {
  throw new InvariantError(`Invariant broken: unexpected value ${JSON.stringify(value)}`);
}
