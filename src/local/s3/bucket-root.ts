/** Owns the folder of the local S3: which buckets there are, and what an earlier process left half done. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { compareKeys } from '../../core/key-order.js';
import { Bucket } from './bucket.js';
import { S3Error, noSuchBucket } from './s3-error.js';

/** From userguide/bucketnamingrules.html; such a name is also a safe folder name. */
const BUCKET_NAME = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** The folder holds `buckets/<name>/` and `staging/`; one process at a time may serve it. */
export class BucketRoot {
  readonly #directory: string;
  readonly #stagingDirectory: string;
  readonly #buckets = new Map<string, Bucket>();

  /** Opens the folder, and makes it if it is not there. */
  constructor(directory: string) {
    this.#directory = join(directory, 'buckets');
    this.#stagingDirectory = join(directory, 'staging');
    // Whatever lies here was never acknowledged, or was being removed.
    rmSync(this.#stagingDirectory, { recursive: true, force: true });
    mkdirSync(this.#stagingDirectory, { recursive: true });
    mkdirSync(this.#directory, { recursive: true });
    for (const name of readdirSync(this.#directory)) this.#open(name);
  }

  /** By name. */
  list(): Bucket[] {
    return [...this.#buckets.values()].sort((left, right) => compareKeys(left.name, right.name));
  }

  has(name: string): boolean {
    return this.#buckets.has(name);
  }

  /** NoSuchBucket when there is none. */
  get(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw noSuchBucket();
    return bucket;
  }

  create(name: string): void {
    if (!BUCKET_NAME.test(name)) {
      throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.');
    }
    if (this.#buckets.has(name)) {
      throw new S3Error(
        'BucketAlreadyOwnedByYou',
        'Your previous request to create the named bucket succeeded and you already own it.',
      );
    }
    this.#open(name);
  }

  /** Removes an empty bucket, and the uploads that were never completed with it. */
  remove(name: string): void {
    const bucket = this.get(name);
    if (bucket.keys.size > 0) {
      throw new S3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty.');
    }
    const doomed = join(this.#stagingDirectory, randomUUID());
    renameSync(join(this.#directory, name), doomed);
    this.#buckets.delete(name);
    bucket.retire();
    rmSync(doomed, { recursive: true });
  }

  #open(name: string): void {
    this.#buckets.set(name, new Bucket(join(this.#directory, name), name, this.#stagingDirectory));
  }
}
