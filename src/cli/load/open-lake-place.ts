/** Owns the lake that exports are loaded into: the one named, else the one configured. */
import { stat } from 'node:fs/promises';
import { catalogsByEnvironment } from '../../config/catalogs-by-environment.js';
import {
  careOf,
  catalogOf,
  lakeFormatOf,
  lakePlaceOf,
  tableOptionsOf,
} from '../../config/sync-input-of.js';
import type { TidemarkConfig } from '../../config/tidemark-config.js';
import { createFileObjectStore } from '../../connectors/files/file-object-store.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { ObjectStore } from '../../core/object-store.js';
import type { LakeTable } from '../../lake/lake.js';
import { hashKeyOf } from '../../processing/hash-value.js';
import { careLimits } from '../../processing/iceberg/care/care-options.js';
import { lakeLocation } from '../../processing/lake-location.js';
import { openLake } from '../../processing/open-lake-tables.js';
import { parseS3Place, type OpenBucket, type S3Place } from './find-exports.js';

/** A table of a lake. */
export interface LakePlace {
  readonly tableName: string;
  readonly table: LakeTable;
  /** The lake's, as people are shown it. */
  readonly lake: string;
}

/** The table in the lake at `lake`, a folder or `s3://bucket/prefix`; in the configured one without. */
export async function openLakePlace(
  lake: string | undefined,
  tableName: string,
  config: TidemarkConfig,
  openBucket: OpenBucket,
): Promise<LakePlace> {
  const { store, lakePrefix, shown } =
    lake === undefined
      ? await inBucket(configuredPlace(config, tableName), openBucket)
      : await findLake(lake, openBucket);
  const place = { lakePrefix, ...catalogOf(config, tableName) };
  const opened = openLake({
    ...lakeLocation(store, place, catalogsByEnvironment(process.env)),
    format: lakeFormatOf(config, tableName),
    hashKey: hashKeyOf(process.env),
    care: { care: careLimits(careOf(config, tableName).care ?? {}) },
  });
  const table = opened.table(tableName, tableOptionsOf(config, tableName));
  return { tableName, table, lake: shown };
}

/** Where the files of a lake are. */
export interface FoundLake {
  readonly store: ObjectStore;
  readonly lakePrefix: string;
  /** As people are shown it. */
  readonly shown: string;
}

/** The lake at a folder, which need not be there, or at `s3://bucket/prefix`; InvalidUsage for a file. */
export async function findLake(lake: string, openBucket: OpenBucket): Promise<FoundLake> {
  const s3 = parseS3Place(lake);
  if (s3 !== undefined) return inBucket(s3, openBucket);
  const directory = await lakeFolder(lake);
  return { store: createFileObjectStore({ directory }), lakePrefix: '', shown: directory };
}

async function inBucket({ bucket, prefix }: S3Place, openBucket: OpenBucket): Promise<FoundLake> {
  const shown = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
  return { store: await openBucket(bucket), lakePrefix: prefix, shown };
}

async function lakeFolder(lake: string): Promise<string> {
  const usable = await stat(lake).then(
    (found) => found.isDirectory(),
    // Where there is nothing yet, a folder can be made; where a file is in the way, none can.
    (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT',
  );
  if (usable && lake !== '') return lake;
  throw new TidemarkError(`--lake is "${lake}", which cannot be a folder.`, {
    code: ErrorCode.InvalidUsage,
    subject: lake,
    hint: 'Give a folder, made if need be, or s3://bucket/prefix.',
  });
}

function configuredPlace(config: TidemarkConfig, tableName: string): S3Place {
  try {
    const { lakeBucket, lakePrefix } = lakePlaceOf(config, tableName);
    return { bucket: lakeBucket, prefix: lakePrefix };
  } catch (cause) {
    throw new TidemarkError('There is no lake to load into: none is given, and none configured.', {
      code: ErrorCode.InvalidUsage,
      subject: 'lake',
      hint: 'Give --lake DIR or --lake s3://bucket/prefix, or set bucket in tidemark.config.ts.',
      cause,
    });
  }
}
