/** Owns the rows that a commit takes out of data files, and the Parquet file that says so. */
import type { DataFile } from '../../iceberg/manifest.js';
import { BEST_COMPRESSION } from '../../parquet/compression.js';
import { positionDeleteFile, type FilePlace } from '../../iceberg/parquet-data-file.js';
import { POSITION_DELETE_FIELDS } from '../../iceberg/parquet-fields.js';
import { createParquetWriter } from '../../parquet/parquet-writer.js';
import type { BytesVector, LongVector } from '../../parquet/vector.js';

/** What goes of one data file. */
export interface DeletedRows {
  readonly path: string;
  readonly positions: Uint32Array;
}

/** Rows to take out, by data file. */
export class PositionDeletes {
  readonly #byPath = new Map<string, number[]>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** A row is taken out once, however often it is named. */
  add(path: string, position: number): void {
    const positions = this.#byPath.get(path);
    if (positions === undefined) this.#byPath.set(path, [position]);
    else positions.push(position);
    this.#count++;
  }

  /** The same deletes, those of each group of data files by themselves. */
  split(groupOf: (path: string) => string): ReadonlyMap<string, PositionDeletes> {
    const groups = new Map<string, PositionDeletes>();
    for (const [path, positions] of this.#byPath) {
      const key = groupOf(path);
      const group = groups.get(key) ?? new PositionDeletes();
      groups.set(key, group);
      group.#byPath.set(path, positions);
      group.#count += positions.length;
    }
    return groups;
  }

  /** Each data file with the rows that go, ascending, none twice. */
  *files(): Generator<DeletedRows, void, undefined> {
    for (const [path, positions] of this.#byPath) {
      yield { path, positions: distinct(Uint32Array.from(positions).sort()) };
    }
  }

  /** A Parquet file for `place`, ordered as Iceberg's specification has it: by path, then position. */
  async toParquet(
    place: FilePlace,
  ): Promise<{ readonly body: Uint8Array; readonly file: DataFile }> {
    const parts: Uint8Array[] = [];
    const writer = createParquetWriter(
      { fields: POSITION_DELETE_FIELDS, compression: BEST_COMPRESSION },
      (bytes) => {
        parts.push(bytes);
      },
    );
    const rows = [...this.files()]
      .map(({ path, positions }) => ({ path: Buffer.from(path), positions }))
      .sort((a, b) => Buffer.compare(a.path, b.path));
    for (const group of groupsOf(rows)) {
      const count = group.reduce((sum, { positions }) => sum + positions.length, 0);
      await writer.writeRowGroup([pathVector(group, count), positionVector(group, count)], count);
    }
    const facts = await writer.close();
    const [firstPath = '', lastPath = ''] = [rows[0]?.path, rows.at(-1)?.path].map(String);
    const file = positionDeleteFile(place, facts, { firstPath, lastPath });
    return { body: Buffer.concat(parts), file };
  }
}

/** A part of `sorted`, which it overwrites. */
function distinct(sorted: Uint32Array): Uint32Array {
  let end = 0;
  for (const each of sorted) {
    if (end === 0 || each !== sorted[end - 1]) sorted[end++] = each;
  }
  return sorted.subarray(0, end);
}

interface FileRows {
  readonly path: Uint8Array;
  readonly positions: Uint32Array;
}

/** A path lies there once a row: what one row group takes is bounded by this. */
const GROUP_ROWS = 64 * 1024;

function* groupsOf(files: readonly FileRows[]): Generator<readonly FileRows[], void, undefined> {
  let group: FileRows[] = [];
  let room = GROUP_ROWS;
  for (const { path, positions } of files) {
    for (let from = 0; from < positions.length;) {
      const some = positions.subarray(from, from + room);
      group.push({ path, positions: some });
      from += some.length;
      room -= some.length;
      if (room > 0) continue;
      yield group;
      group = [];
      room = GROUP_ROWS;
    }
  }
  if (group.length > 0) yield group;
}

function pathVector(rows: readonly FileRows[], count: number): BytesVector {
  const sizeBytes = rows.reduce(
    (sum, { path, positions }) => sum + path.length * positions.length,
    0,
  );
  const data = new Uint8Array(sizeBytes);
  const offsets = new Int32Array(count + 1);
  let row = 0;
  let end = 0;
  for (const { path, positions } of rows) {
    for (let times = positions.length; times > 0; times--) {
      data.set(path, end);
      end += path.length;
      offsets[++row] = end;
    }
  }
  return { kind: 'bytes', ...allPresent(count), offsets, data };
}

function positionVector(rows: readonly FileRows[], count: number): LongVector {
  const words = new Int32Array(2 * count);
  let at = 0;
  for (const { positions } of rows) {
    for (const position of positions) {
      words[at] = position;
      at += 2;
    }
  }
  return { kind: 'long', ...allPresent(count), words };
}

function allPresent(count: number): { length: number; values: number; valid: Uint8Array } {
  return { length: count, values: count, valid: new Uint8Array(count).fill(1) };
}
