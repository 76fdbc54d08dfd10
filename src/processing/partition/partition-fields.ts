/** Owns finding what a partition spec goes by among the columns of a data file. */
import { assert } from '../../core/assert.js';
import { partitionName, transformOf } from '../../iceberg/partition-spec.js';
import type { PartitionSpec } from '../../iceberg/table-metadata.js';
import type { ParquetField } from '../../parquet/parquet-field.js';
import type { PartitionField } from './partition-column.js';

/** `fields` are a data file's columns; `spec` is one of ours, on some of them. */
export function partitionFieldsOf(
  spec: PartitionSpec,
  fields: readonly ParquetField[],
): readonly PartitionField[] {
  return spec.fields.map((field) => {
    const column = fields.findIndex(({ id }) => id === field['source-id']);
    const transform = transformOf(field.transform);
    assert(column >= 0 && transform !== undefined, `${field.name} parts rows by a column of ours`);
    const isText = fields[column]?.type.kind === 'string';
    return { name: partitionName(field), column, transform, isText };
  });
}
