/** Owns the check that JSON from outside is an item in DynamoDB's typed JSON. */

/** What is wrong with `item`, as the end of a sentence; undefined when it is an item. */
export function invalidItem(item: unknown): string | undefined {
  if (!isRecord(item)) return 'it is not an object';
  for (const name of Object.keys(item)) {
    const problem = invalidValue(item[name]);
    if (problem !== undefined) return `attribute "${name}" ${problem}`;
  }
  return undefined;
}

function invalidValue(value: unknown): string | undefined {
  if (!isRecord(value)) return 'is not an attribute value';
  const types = Object.keys(value);
  const type = types[0];
  if (type === undefined || types.length !== 1) return 'does not have exactly one type';
  const content = value[type];
  switch (type) {
    case 'S':
    case 'N':
    case 'B':
      return typeof content === 'string' ? undefined : `has a type ${type} that is not text`;
    case 'BOOL':
      return typeof content === 'boolean' ? undefined : 'has a BOOL that is neither true nor false';
    case 'NULL':
      return content === true ? undefined : 'has a NULL that is not true';
    case 'M':
      return invalidItem(content);
    case 'L':
      return firstProblem(content, invalidValue);
    case 'SS':
    case 'NS':
    case 'BS':
      return firstProblem(content, (element) =>
        typeof element === 'string' ? undefined : `has a type ${type} with an element not text`,
      );
    default:
      return `has the unknown type "${type}"`;
  }
}

function firstProblem(
  content: unknown,
  check: (element: unknown) => string | undefined,
): string | undefined {
  if (!Array.isArray(content)) return 'has a list or set that is not an array';
  for (const element of content) {
    const problem = check(element);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
