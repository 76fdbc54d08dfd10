/** Owns the errors of the local services, named and worded as AWS's are. */

/** An error that goes back to the caller as AWS would send it. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  /** AWS's exception name, such as `ValidationException`. */
  readonly type: string;
  /** Members of the answer besides the type and the message. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(type: string, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.type = type;
    this.members = members;
  }
}

/** The request itself is wrong. */
export function validationError(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}

/** A member of the request breaks its model's constraint. */
export function constraintError(value: string, member: string, constraint: string): ServiceError {
  return validationError(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ` +
      `Member must ${constraint}`,
  );
}

/** The answer of the continuous backup and export operations to a table that is not there. */
export function tableNotFound(nameOrArn: string): ServiceError {
  return new ServiceError('TableNotFoundException', `Table not found: ${nameOrArn}`);
}
