/** Owns how Parquet files that were just written are listed in a manifest. */
import type { ColumnFacts, ParquetFileFacts } from '../parquet/file-facts.js';
import {
  FileContent,
  type DataFile,
  type FieldBounds,
  type FieldCounts,
  type PartitionValue,
} from './manifest.js';
import { PositionDeleteField } from './parquet-fields.js';

/** Where a file lies, and in which partition of the table; in none when `partition` is left out. */
export interface FilePlace {
  readonly location: string;
  readonly specId: number;
  readonly partition?: Readonly<Record<string, PartitionValue>>;
}

/** The record of a data file; `sortOrderId` when its rows are sorted so. */
export function parquetDataFile(
  place: FilePlace,
  facts: ParquetFileFacts,
  sortOrderId?: number,
): DataFile {
  return {
    content: FileContent.Data,
    ...placed(place, facts),
    column_sizes: counts(facts, ({ columnSizeBytes }) => columnSizeBytes),
    value_counts: counts(facts, ({ valueCount }) => valueCount),
    null_value_counts: counts(facts, ({ nullCount }) => nullCount),
    lower_bounds: bounds(facts, ({ lowerBound }) => lowerBound),
    upper_bounds: bounds(facts, ({ upperBound }) => upperBound),
    sort_order_id: sortOrderId ?? null,
  };
}

/**
 * The record of position deletes: of a Parquet file of POSITION_DELETE_FIELDS, sorted. `firstPath` and
 * `lastPath` are the first and last of the data files it names, in byte order, and equal for one; all
 * of them are in the partition of `place`. Readers leave out deletes whose paths do not concern them.
 */
export function positionDeleteFile(
  place: FilePlace,
  facts: ParquetFileFacts,
  { firstPath, lastPath }: { readonly firstPath: string; readonly lastPath: string },
): DataFile {
  const key = PositionDeleteField.FilePath;
  return {
    content: FileContent.PositionDeletes,
    ...placed(place, facts),
    column_sizes: counts(facts, ({ columnSizeBytes }) => columnSizeBytes),
    value_counts: counts(facts, ({ valueCount }) => valueCount),
    null_value_counts: counts(facts, ({ nullCount }) => nullCount),
    // Not cut as other text is: by equal bounds, engines know deletes of a single data file.
    lower_bounds: [{ key, value: Buffer.from(firstPath) }],
    upper_bounds: [{ key, value: Buffer.from(lastPath) }],
    sort_order_id: null,
    referenced_data_file: firstPath === lastPath ? firstPath : null,
  };
}

function placed(
  { location, specId, partition = {} }: FilePlace,
  { rows, sizeBytes, splitOffsets }: ParquetFileFacts,
): Pick<
  DataFile,
  | 'file_path'
  | 'file_format'
  | 'spec_id'
  | 'partition'
  | 'record_count'
  | 'file_size_in_bytes'
  | 'split_offsets'
> {
  return {
    file_path: location,
    file_format: 'PARQUET',
    spec_id: specId,
    partition,
    record_count: rows,
    file_size_in_bytes: sizeBytes,
    split_offsets: splitOffsets,
  };
}

function counts({ columns }: ParquetFileFacts, of: (column: ColumnFacts) => number): FieldCounts {
  return [...columns].map(([key, column]) => ({ key, value: of(column) }));
}

function bounds(
  { columns }: ParquetFileFacts,
  of: (column: ColumnFacts) => Uint8Array | undefined,
): FieldBounds {
  return [...columns].flatMap(([key, column]) => {
    const value = of(column);
    return value === undefined ? [] : [{ key, value }];
  });
}
