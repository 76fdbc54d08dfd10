/** Owns whether a table's key columns can go on as they are. */
import type { ColumnType, TableSchema } from './column-type.js';

/**
 * Whether the key columns of `schema` hold every key that those of `fresh` hold, which was settled
 * from all rows of the table at once. A key without evidence is held by anything.
 */
export function keyHolds(schema: TableSchema, fresh: TableSchema): boolean {
  const { keyAttributes } = fresh;
  if (JSON.stringify(schema.keyAttributes) !== JSON.stringify(keyAttributes)) return false;
  return keyAttributes.every((attribute) => {
    const [have, need] = [schema, fresh].map(
      ({ columns }) => columns.find((column) => column.attribute === attribute)?.type,
    );
    return have === undefined || need === undefined || holds(have, need);
  });
}

function holds(have: ColumnType, need: ColumnType): boolean {
  switch (need.kind) {
    case 'long':
      return (
        have.kind === 'long' ||
        have.kind === 'numeral' ||
        (have.kind === 'decimal' && have.integerDigits >= 19)
      );
    case 'decimal':
      return have.kind === 'numeral' || (have.kind === 'decimal' && have.scale === need.scale);
    case 'string':
    case 'binary':
    case 'numeral':
    case 'boolean':
    case 'json':
    case 'list':
    case 'set':
    case 'struct':
      return have.kind === need.kind;
  }
}
