/** Owns small Iceberg tables on disk, written wholly by our own code, without a catalog. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyUpdates } from '../../src/iceberg/apply-updates.js';
import { buildSnapshot, type NewSnapshot } from '../../src/iceberg/build-snapshot.js';
import { checkRequirements } from '../../src/iceberg/check-requirements.js';
import { evolveSchema, schemaCommitOf } from '../../src/iceberg/evolve-schema.js';
import type { DataFile } from '../../src/iceberg/manifest.js';
import { formatTableMetadata, parseTableMetadata } from '../../src/iceberg/metadata-json.js';
import { newTableMetadata } from '../../src/iceberg/new-table.js';
import { parquetDataFile, positionDeleteFile } from '../../src/iceberg/parquet-data-file.js';
import { POSITION_DELETE_FIELDS, parquetFieldsOf } from '../../src/iceberg/parquet-fields.js';
import { writePuffin } from '../../src/iceberg/puffin-file.js';
import { COLUMNS_PROPERTY, formatColumns, knownTableOf } from '../../src/iceberg/table-columns.js';
import type { TableMetadata } from '../../src/iceberg/table-metadata.js';
import { dataFolder, metadataFolder } from '../../src/iceberg/table-state.js';
import type { TableUpdate } from '../../src/iceberg/table-update.js';
import type { TableSchema } from '../../src/lake/column-type.js';
import type { ParquetFileFacts } from '../../src/parquet/file-facts.js';
import type { ParquetField } from '../../src/parquet/parquet-field.js';
import { createParquetWriter } from '../../src/parquet/parquet-writer.js';
import { columnsOf, type Value } from './parquet-vectors.js';

/** A row by the names of its columns; those left out are null. */
export type Row = Readonly<Record<string, Value>>;

/** A table in a folder; each commit writes the next `vN.metadata.json`. */
export interface DiskTable {
  readonly metadata: TableMetadata;
  /** Of the newest metadata. */
  readonly metadataLocation: string;
  /** A data file, to be added by a commit. */
  writeRows(rows: readonly Row[]): Promise<DataFile>;
  /** Position deletes, to be added by a commit; sorted here. */
  writeDeletes(deletes: readonly (readonly [path: string, position: number])[]): Promise<DataFile>;
  /** Deletion vectors in one Puffin file, to be added by a commit. */
  writeVectors(
    deleted: readonly (readonly [path: string, positions: readonly number[]])[],
  ): Promise<readonly DataFile[]>;
  commit(
    snapshot: Pick<NewSnapshot, 'operation' | 'added'> &
      Partial<Pick<NewSnapshot, 'removed' | 'mergeLimits' | 'summary'>>,
  ): Promise<void>;
  /** Gives the table the columns it lacks. */
  evolve(wanted: TableSchema): Promise<void>;
  update(updates: readonly TableUpdate[]): Promise<void>;
  /** Takes what another writer left in the folder as the newest metadata. */
  adopt(metadataLocation: string): Promise<void>;
}

/** A new table of version 2 or 3 in an empty folder. */
export async function createDiskTable(
  folder: string,
  wanted: TableSchema,
  formatVersion: 2 | 3 = 2,
): Promise<DiskTable> {
  const { schema, lastColumnId, columns } = evolveSchema(undefined, wanted);
  const table = new FolderTable(
    newTableMetadata({
      location: `file://${folder}`,
      schema,
      lastColumnId,
      properties: { [COLUMNS_PROPERTY]: formatColumns(columns) },
      formatVersion,
      nowMs: Date.now(),
      uuid: randomUUID(),
      sortKeyFieldIds: schema['identifier-field-ids'] ?? [],
    }),
  );
  await table.save();
  return table;
}

/** The file at a `file:` location, or at a path. */
export async function readLocation(location: string): Promise<Uint8Array> {
  return await readFile(pathOf(location));
}

/** A snapshot id as Iceberg's writers choose them: 63 bits. */
export function randomSnapshotId(): bigint {
  return randomBytes(8).readBigUInt64BE() >> 1n;
}

class FolderTable implements DiskTable {
  metadata: TableMetadata;
  metadataLocation = '';
  #version = 0;

  constructor(metadata: TableMetadata) {
    this.metadata = metadata;
  }

  async writeRows(rows: readonly Row[]): Promise<DataFile> {
    const fields = parquetFieldsOf(knownTableOf(this.metadata));
    const written = await this.#writeParquet(fields, rows);
    return parquetDataFile({ location: written.location, specId: 0 }, written.facts);
  }

  async writeDeletes(deletes: readonly (readonly [string, number])[]): Promise<DataFile> {
    const sorted = [...deletes].sort(
      ([a, i], [b, j]) => Buffer.compare(Buffer.from(a), Buffer.from(b)) || i - j,
    );
    const rows = sorted.map(([file_path, pos]) => ({ file_path, pos: BigInt(pos) }));
    const written = await this.#writeParquet(POSITION_DELETE_FIELDS, rows);
    return positionDeleteFile({ location: written.location, specId: 0 }, written.facts, {
      firstPath: sorted[0]![0],
      lastPath: sorted.at(-1)![0],
    });
  }

  async writeVectors(
    deleted: readonly (readonly [string, readonly number[]])[],
  ): Promise<readonly DataFile[]> {
    const location = `${dataFolder(this.metadata)}/${randomUUID()}.puffin`;
    const { bytes, vectors } = writePuffin(
      location,
      deleted.map(([path, positions]) => ({ path, positions, place: { specId: 0 } })),
    );
    await write(location, bytes);
    return vectors;
  }

  async commit(
    snapshot: Pick<NewSnapshot, 'operation' | 'added'> & Partial<NewSnapshot>,
  ): Promise<void> {
    const built = await buildSnapshot({
      summary: {},
      ...snapshot,
      metadata: this.metadata,
      nowMs: Date.now(),
      snapshotId: randomSnapshotId(),
      commitUuid: randomUUID(),
      read: readLocation,
    });
    for (const { location, bytes } of built.files) await write(location, bytes);
    const conflict = checkRequirements(this.metadata, built.requirements, built.updates);
    if (conflict !== undefined) throw new Error(conflict);
    await this.update(built.updates);
  }

  async evolve(wanted: TableSchema): Promise<void> {
    const current = knownTableOf(this.metadata);
    const lastColumnId = this.metadata['last-column-id'];
    const evolved = evolveSchema({ ...current, lastColumnId }, wanted);
    await this.update(schemaCommitOf(this.metadata, evolved).updates);
  }

  async update(updates: readonly TableUpdate[]): Promise<void> {
    this.metadata = applyUpdates(this.metadata, updates, {
      nowMs: Date.now(),
      previousMetadataLocation: this.metadataLocation,
      maxPreviousVersions: 100,
    });
    await this.save();
  }

  async adopt(metadataLocation: string): Promise<void> {
    this.metadataLocation = metadataLocation;
    const text = Buffer.from(await readLocation(metadataLocation)).toString();
    this.metadata = parseTableMetadata(text, metadataLocation);
    this.#version = Number(/(\d+)[^/]*\.metadata\.json$/.exec(metadataLocation)?.[1] ?? 0);
  }

  async save(): Promise<void> {
    this.#version += 1;
    const folder = metadataFolder(this.metadata);
    this.metadataLocation = `${folder}/v${this.#version}.metadata.json`;
    await write(this.metadataLocation, Buffer.from(formatTableMetadata(this.metadata)));
    await write(`${folder}/version-hint.text`, Buffer.from(String(this.#version)));
  }

  async #writeParquet(
    fields: readonly ParquetField[],
    rows: readonly Row[],
  ): Promise<{ readonly location: string; readonly facts: ParquetFileFacts }> {
    const chunks: Uint8Array[] = [];
    const writer = createParquetWriter({ fields, compression: 'snappy' }, (bytes) => {
      chunks.push(bytes);
    });
    const filled = rows.map((row) => filledRow(fields, row));
    await writer.writeRowGroup(columnsOf(fields, filled), rows.length);
    const facts = await writer.close();
    const location = `${dataFolder(this.metadata)}/${randomUUID()}.parquet`;
    await write(location, Buffer.concat(chunks));
    return { location, facts };
  }
}

function filledRow(fields: readonly ParquetField[], row: Row): Row {
  return Object.fromEntries(fields.map(({ name, type }) => [name, filled(type, row[name])]));
}

function filled(type: ParquetField['type'], value: Value | undefined): Value {
  if (value === undefined || value === null) return null;
  if (type.kind === 'struct') return filledRow(type.fields, value as Row);
  if (type.kind !== 'list') return value;
  return (value as readonly Value[]).map((element) => filled(type.element.type, element));
}

async function write(location: string, bytes: Uint8Array): Promise<void> {
  const path = pathOf(location);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

function pathOf(location: string): string {
  return location.startsWith('file:') ? fileURLToPath(location) : location;
}
