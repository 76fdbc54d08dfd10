/** Owns the Avro types of manifests and manifest lists. */
import { WIDE_LONG, type AvroSchema } from './avro-file.js';

/** The field id of the record that holds a file's partition values. */
export const PARTITION_ID = 102;

/** The entries of a manifest. */
export function entryType(
  formatVersion: number,
  partitionFields: readonly AvroSchema[],
): AvroSchema {
  const v3 = formatVersion >= 3;
  return record('manifest_entry', [
    required(0, 'status', 'int'),
    optional(1, 'snapshot_id', WIDE_LONG),
    optional(3, 'sequence_number', 'long'),
    optional(4, 'file_sequence_number', 'long'),
    required(
      2,
      'data_file',
      record('r2', [
        required(134, 'content', 'int'),
        required(100, 'file_path', 'string'),
        required(101, 'file_format', 'string'),
        required(PARTITION_ID, 'partition', record('r102', partitionFields)),
        required(103, 'record_count', 'long'),
        required(104, 'file_size_in_bytes', 'long'),
        optional(108, 'column_sizes', byFieldId(117, 118, 'long')),
        optional(109, 'value_counts', byFieldId(119, 120, 'long')),
        optional(110, 'null_value_counts', byFieldId(121, 122, 'long')),
        optional(137, 'nan_value_counts', byFieldId(138, 139, 'long')),
        optional(125, 'lower_bounds', byFieldId(126, 127, 'bytes')),
        optional(128, 'upper_bounds', byFieldId(129, 130, 'bytes')),
        optional(131, 'key_metadata', 'bytes'),
        optional(132, 'split_offsets', list(133, 'long')),
        optional(135, 'equality_ids', list(136, 'int')),
        optional(140, 'sort_order_id', 'int'),
        ...(v3 ? [optional(142, 'first_row_id', 'long')] : []),
        optional(143, 'referenced_data_file', 'string'),
        ...(v3
          ? [
              optional(144, 'content_offset', 'long'),
              optional(145, 'content_size_in_bytes', 'long'),
            ]
          : []),
      ]),
    ),
  ]);
}

/** The manifests of a manifest list. */
export function manifestFileType(formatVersion: number): AvroSchema {
  return record('manifest_file', [
    required(500, 'manifest_path', 'string'),
    required(501, 'manifest_length', 'long'),
    required(502, 'partition_spec_id', 'int'),
    required(517, 'content', 'int'),
    required(515, 'sequence_number', 'long'),
    required(516, 'min_sequence_number', 'long'),
    required(503, 'added_snapshot_id', WIDE_LONG),
    required(504, 'added_files_count', 'int'),
    required(505, 'existing_files_count', 'int'),
    required(506, 'deleted_files_count', 'int'),
    required(512, 'added_rows_count', 'long'),
    required(513, 'existing_rows_count', 'long'),
    required(514, 'deleted_rows_count', 'long'),
    optional(
      507,
      'partitions',
      list(
        508,
        record('r508', [
          required(509, 'contains_null', 'boolean'),
          optional(518, 'contains_nan', 'boolean'),
          optional(510, 'lower_bound', 'bytes'),
          optional(511, 'upper_bound', 'bytes'),
        ]),
      ),
    ),
    optional(519, 'key_metadata', 'bytes'),
    ...(formatVersion >= 3 ? [optional(520, 'first_row_id', 'long')] : []),
  ]);
}

function record(name: string, fields: readonly AvroSchema[]): AvroSchema {
  return { type: 'record', name, fields };
}

function required(id: number, name: string, type: AvroSchema): AvroSchema {
  return { name, type, 'field-id': id };
}

function optional(id: number, name: string, type: AvroSchema): AvroSchema {
  return { name, type: ['null', type], default: null, 'field-id': id };
}

function list(elementId: number, items: AvroSchema): AvroSchema {
  return { type: 'array', items, 'element-id': elementId };
}

/** Iceberg's form of a map whose keys are no text. */
function byFieldId(keyId: number, valueId: number, value: AvroSchema): AvroSchema {
  const name = `k${keyId}_v${valueId}`;
  const items = record(name, [required(keyId, 'key', 'int'), required(valueId, 'value', value)]);
  return { type: 'array', items, logicalType: 'map' };
}
