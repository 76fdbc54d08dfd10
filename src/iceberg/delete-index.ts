/** Owns which delete files apply to a data file: by age, partition and the file they name. */
import { FileContent, isDeletionVector, type DataFile, type FieldBounds } from './manifest.js';
import { PositionDeleteField } from './parquet-fields.js';
import { partitionKey } from './partition-key.js';
import type { LiveFile } from './live-file.js';
import type { TableMetadata } from './table-metadata.js';
import { specOf } from './table-state.js';

/** Position deletes of several data files, with the paths that they lie between. */
interface PositionDeletes {
  readonly deletes: LiveFile;
  readonly lowestPath: Uint8Array | undefined;
  readonly highestPath: Uint8Array | undefined;
}

/** Where equality deletes are found that apply whatever the partition. */
const EVERYWHERE = '';

/**
 * Finds the deletes of a data file among `deleteFiles`, as the specification's scan planning has it:
 * https://iceberg.apache.org/spec/#scan-planning. Some may turn out to delete nothing of it.
 */
export function indexDeletes(
  metadata: TableMetadata,
  deleteFiles: readonly LiveFile[],
): (dataFile: LiveFile) => readonly LiveFile[] {
  const vectors = new Map<string, LiveFile>();
  const ofOneFile = new Map<string, LiveFile[]>();
  const ofPartition = new Map<string, PositionDeletes[]>();
  const equality = new Map<string, LiveFile[]>();
  for (const deletes of deleteFiles) {
    const { file } = deletes;
    const path = file.referenced_data_file ?? undefined;
    if (file.content === FileContent.EqualityDeletes) {
      add(equality, isUnpartitioned(metadata, file) ? EVERYWHERE : partitionKey(file), deletes);
    } else if (path === undefined) {
      add(ofPartition, partitionKey(file), withPaths(deletes));
    } else if (isDeletionVector(file)) {
      vectors.set(path, deletes);
    } else {
      add(ofOneFile, path, deletes);
    }
  }
  return ({ file, sequenceNumber }) => {
    const partition = partitionKey(file);
    const newer = [EVERYWHERE, partition]
      .flatMap((key) => equality.get(key) ?? [])
      .filter((deletes) => deletes.sequenceNumber > sequenceNumber);
    const vector = vectors.get(file.file_path);
    // A vector holds all that position deletes said before it.
    if (vector !== undefined) return [...newer, vector];
    const path = Buffer.from(file.file_path);
    const ofMany = (ofPartition.get(partition) ?? []).filter((many) => mayName(many, path));
    const ofThis = (ofOneFile.get(file.file_path) ?? []).filter(
      (deletes) => partitionKey(deletes.file) === partition,
    );
    const positions = [...ofMany.map(({ deletes }) => deletes), ...ofThis];
    return [...newer, ...positions.filter((deletes) => deletes.sequenceNumber >= sequenceNumber)];
  };
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

function isUnpartitioned(metadata: TableMetadata, file: DataFile): boolean {
  return specOf(metadata, file.spec_id).fields.length === 0;
}

function withPaths(deletes: LiveFile): PositionDeletes {
  return {
    deletes,
    lowestPath: pathBound(deletes.file.lower_bounds),
    highestPath: pathBound(deletes.file.upper_bounds),
  };
}

function pathBound(bounds: FieldBounds | null | undefined): Uint8Array | undefined {
  return bounds?.find(({ key }) => key === PositionDeleteField.FilePath)?.value;
}

function mayName({ lowestPath, highestPath }: PositionDeletes, path: Uint8Array): boolean {
  if (lowestPath !== undefined && Buffer.compare(path, lowestPath) < 0) return false;
  return highestPath === undefined || Buffer.compare(path, highestPath) <= 0;
}
