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

/**
 * `fresh`, with text for each number key that `schema` has a column for which does not hold it: text
 * holds every number, so that no third number can ask for another schema.
 */
export function lastingKeys(schema: TableSchema, fresh: TableSchema): TableSchema {
  const isNumber = (type: ColumnType | undefined): boolean =>
    type?.kind === 'long' || type?.kind === 'decimal' || type?.kind === 'numeral';
  return {
    ...fresh,
    columns: fresh.columns.map((column) => {
      if (!fresh.keyAttributes.includes(column.attribute)) return column;
      const have = schema.columns.find(({ attribute }) => attribute === column.attribute)?.type;
      if (have === undefined || !isNumber(have) || !isNumber(column.type)) return column;
      return holds(have, column.type) ? column : { ...column, type: { kind: 'numeral' } };
    }),
  };
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
      return (
        have.kind === 'numeral' ||
        (have.kind === 'decimal' &&
          have.integerDigits >= need.integerDigits &&
          have.scale >= need.scale)
      );
    case 'string':
    case 'binary':
    case 'numeral':
    case 'boolean':
    case 'timestamptz':
    case 'json':
    case 'hash':
    case 'list':
    case 'set':
    case 'struct':
      return have.kind === need.kind;
  }
}
