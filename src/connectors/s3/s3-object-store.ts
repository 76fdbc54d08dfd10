/** Owns the object store on an S3 bucket. */
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type GetObjectCommandOutput,
  type _Error as BatchError,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { assert } from '../../core/assert.js';
import type {
  ListedObject,
  ObjectStore,
  PutCondition,
  PutOutcome,
  StoredObject,
} from '../../core/object-store.js';
import { failureName, failureStatus, translated } from './s3-errors.js';

/** API_DeleteObjects: at most this many keys a request. */
const MAX_DELETED_KEYS = 1000;
/** userguide/qfacts.html: at most this many parts an upload. */
const MAX_PARTS = 10_000;
const MIN_PART_SIZE_BYTES = 8 * 1024 * 1024;
const CONFLICT_ATTEMPTS = 5;
const CONFLICT_DELAY_MS = 100;

export interface S3ObjectStoreOptions {
  /** Configured by the caller: Region, credentials, endpoint, retries. Not closed by the store. */
  readonly client: S3Client;
  readonly bucket: string;
}

/**
 * The objects of one bucket.
 *
 * A conditional put answers `written: false` whenever S3 says that the condition does not hold,
 * and that may be because of this very put: if its answer is lost, the SDK sends it again, and the
 * second one finds the object that the first one wrote. Whoever needs to know reads the object and
 * compares, which a replay has to do in any case.
 */
export function createS3ObjectStore({ client, bucket }: S3ObjectStoreOptions): ObjectStore {
  return new S3ObjectStore(client, bucket);
}

class S3ObjectStore implements ObjectStore {
  readonly url: string;
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.url = `s3://${bucket}`;
    this.#client = client;
    this.#bucket = bucket;
  }

  async get(key: string): Promise<StoredObject | undefined> {
    return this.#translating(async () => {
      const found = await this.#getObject(key);
      if (found?.Body === undefined) return undefined;
      return { body: await found.Body.transformToByteArray(), etag: found.ETag ?? '' };
    });
  }

  async openRead(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const found = await this.#translating(() => this.#getObject(key));
    if (found?.Body === undefined) return undefined;
    return this.#translatingPieces(found.Body as unknown as AsyncIterable<Uint8Array>);
  }

  async put(key: string, body: Uint8Array, condition?: PutCondition): Promise<PutOutcome> {
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      Body: body,
      ...(condition === undefined
        ? {}
        : 'ifAbsent' in condition
          ? { IfNoneMatch: '*' }
          : { IfMatch: condition.ifMatch }),
    });
    return this.#translating(async () => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const { ETag } = await this.#client.send(command);
          return { written: true, etag: ETag ?? '' };
        } catch (error) {
          if (condition !== undefined && conditionFailed(error)) return { written: false };
          // 409: another write of the key was under way, and the outcome is open; ask again.
          if (!isConflict(error) || attempt === CONFLICT_ATTEMPTS) throw error;
          await delay(CONFLICT_DELAY_MS * attempt);
        }
      }
    });
  }

  async putFile(key: string, localPath: string): Promise<void> {
    // Before the upload, so that a missing file is told as such.
    const { size } = await stat(localPath);
    const body = createReadStream(localPath);
    const upload = new Upload({
      client: this.#client,
      params: { Bucket: this.#bucket, Key: key, Body: body },
      partSize: partSizeOf(size),
    });
    await this.#translating(() => upload.done()).finally(() => body.destroy());
  }

  async *list(
    prefix: string,
    { startAfter }: { readonly startAfter?: string } = {},
  ): AsyncGenerator<ListedObject> {
    let token: string | undefined;
    do {
      const page = await this.#translating(() =>
        this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: prefix,
            // Some characters that keys may hold cannot be written in XML. A server that does not
            // encode them leaves EncodingType out of its answer.
            EncodingType: 'url',
            ...(startAfter === undefined || startAfter === '' ? {} : { StartAfter: startAfter }),
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        ),
      );
      for (const { Key, Size } of page.Contents ?? []) {
        assert(Key !== undefined && Size !== undefined, 'a listed object has a key and a size');
        yield { key: page.EncodingType === 'url' ? decodedKey(Key) : Key, sizeBytes: Size };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += MAX_DELETED_KEYS) {
      const batch = keys.slice(start, start + MAX_DELETED_KEYS);
      await this.#translating(async () => {
        const { Errors: failures = [] } = await this.#client.send(
          new DeleteObjectsCommand({
            Bucket: this.#bucket,
            Delete: { Quiet: true, Objects: batch.map((key) => ({ Key: key })) },
          }),
        );
        const failure = failures.find(({ Code }) => Code !== 'NoSuchKey');
        if (failure !== undefined) throw batchFailure(failure);
      });
    }
  }

  async #getObject(key: string): Promise<GetObjectCommandOutput | undefined> {
    try {
      return await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
    } catch (error) {
      if (failureName(error) === 'NoSuchKey') return undefined;
      throw error;
    }
  }

  async #translating<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw translated(error, this.#bucket);
    }
  }

  async *#translatingPieces(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces;
    } catch (error) {
      throw translated(error, this.#bucket);
    }
  }
}

/** 412, or 404 when the object that If-Match speaks of is gone. */
function conditionFailed(error: unknown): boolean {
  return failureStatus(error) === 412 || failureName(error) === 'NoSuchKey';
}

function isConflict(error: unknown): boolean {
  return failureStatus(error) === 409 && failureName(error) === 'ConditionalRequestConflict';
}

/** As `encoding-type=url` writes keys: as in a query, where `+` is a space. */
function decodedKey(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '));
}

/** The failure of one key, in the shape of a failure of a whole request. */
function batchFailure(failure: BatchError): Error {
  const error = new Error(`${failure.Message ?? ''} (deleting ${failure.Key ?? ''})`);
  error.name = failure.Code ?? 'UnknownError';
  return error;
}

function partSizeOf(size: number): number {
  return Math.max(MIN_PART_SIZE_BYTES, Math.ceil(size / MAX_PARTS));
}

/** Requests that an upload of `size` bytes takes: one, or its parts with a begin and an end. */
export function uploadRequests(size: number): number {
  const parts = Math.ceil(size / partSizeOf(size));
  return parts <= 1 ? 1 : parts + 2;
}
