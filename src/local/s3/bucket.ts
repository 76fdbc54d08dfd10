/** Owns one bucket: its objects on disk, the index over them, and the step that makes a write count. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { ByteRange } from './byte-range.js';
import type { WriteCondition } from './conditions.js';
import { MultipartUploads } from './multipart-uploads.js';
import { objectRecordSchema, type ObjectRecord } from './object-record.js';
import { S3Error, noSuchBucket } from './s3-error.js';
import { SortedKeys } from './sorted-keys.js';
import {
  readBody,
  readFooter,
  stageFile,
  type StagedFile,
  type WrittenBody,
} from './stored-file.js';

/**
 * A bucket's folder holds `objects/<2 hex>/<SHA-256 of the key>` and `uploads/`. A file name says
 * nothing of its key, so that any key is legal beside any other; the file's footer does.
 */
export class Bucket {
  readonly name: string;
  readonly createdMs: number;
  readonly uploads: MultipartUploads;
  readonly keys: SortedKeys;
  readonly #directory: string;
  readonly #stagingDirectory: string;
  readonly #records: Map<string, ObjectRecord>;
  #removed = false;

  /** Reads what the folder holds. `stagingDirectory` must be on the same file system. */
  constructor(directory: string, name: string, stagingDirectory: string) {
    this.name = name;
    this.#directory = join(directory, 'objects');
    this.#stagingDirectory = stagingDirectory;
    mkdirSync(this.#directory, { recursive: true });
    this.createdMs = statSync(this.#directory).birthtimeMs;
    this.#records = readRecords(this.#directory);
    this.keys = new SortedKeys(this.#records.keys());
    this.uploads = new MultipartUploads(join(directory, 'uploads'), stagingDirectory);
  }

  find(key: string): ObjectRecord | undefined {
    return this.#records.get(key);
  }

  /** The object's record; NoSuchKey when there is none. */
  get(key: string): ObjectRecord {
    const record = this.#records.get(key);
    if (record === undefined) throw new S3Error('NoSuchKey', 'The specified key does not exist.');
    return record;
  }

  /** Writes an object's file where no reader looks; {@link commit} makes it the object. */
  stage(
    chunks: AsyncIterable<Uint8Array>,
    describe: (written: WrittenBody) => ObjectRecord | Promise<ObjectRecord>,
  ): Promise<StagedFile<ObjectRecord>> {
    return stageFile(this.#stagingDirectory, chunks, describe);
  }

  /**
   * Makes a staged file the object of its key if `condition` lets it, and removes it otherwise.
   *
   * The rename is the commit point: before it a kill leaves a stray file that the next start
   * removes, after it the object is there. Condition, rename and index are one synchronous step,
   * so no two requests can come between and no lock is needed.
   */
  commit(staged: StagedFile<ObjectRecord>, condition: WriteCondition): void {
    const { key } = staged.footer;
    try {
      if (this.#removed) throw noSuchBucket();
      condition(this.#records.get(key));
      const path = objectPath(this.#directory, key);
      mkdirSync(join(path, '..'), { recursive: true });
      renameSync(staged.path, path);
    } catch (error) {
      rmSync(staged.path, { force: true });
      throw error;
    }
    this.#records.set(key, staged.footer);
    this.keys.add(key);
  }

  /** Removes the object if `condition` lets it; a missing one is no error of its own. */
  remove(key: string, condition: WriteCondition): void {
    condition(this.#records.get(key));
    if (!this.#records.has(key)) return;
    rmSync(objectPath(this.#directory, key), { force: true });
    this.#records.delete(key);
    this.keys.delete(key);
  }

  /** Lets nothing be written any more: a request may still hold the bucket when it is removed. */
  retire(): void {
    this.#removed = true;
    this.uploads.forgetAll();
  }

  /** The bytes of an object that was looked up in this same turn of the event loop. */
  read(record: ObjectRecord, range?: ByteRange): Readable {
    const { start, length } = range ?? { start: 0, length: record.sizeBytes };
    return readBody(objectPath(this.#directory, record.key), start, length);
  }
}

function objectPath(directory: string, key: string): string {
  const name = createHash('sha256').update(key).digest('hex');
  return join(directory, name.slice(0, 2), name);
}

function readRecords(directory: string): Map<string, ObjectRecord> {
  const records = new Map<string, ObjectRecord>();
  for (const shard of readdirSync(directory)) {
    for (const name of readdirSync(join(directory, shard))) {
      const path = join(directory, shard, name);
      const record = readFooter(path, objectRecordSchema);
      if (record === undefined) {
        throw new TidemarkError(`The file ${path} is not an object of the local S3.`, {
          code: ErrorCode.InvalidConfig,
          subject: path,
          hint: 'Move the file away, or give the local S3 a folder of its own.',
        });
      }
      records.set(record.key, record);
    }
  }
  return records;
}
