/** Owns the port to one bucket of objects; connectors implement it, a contract suite holds them to it. */

/** An object as it was read. */
export interface StoredObject {
  readonly body: Uint8Array;
  /** Opaque; changes whenever the object does. */
  readonly etag: string;
}

/** A key as a listing shows it. */
export interface ListedObject {
  readonly key: string;
  readonly sizeBytes: number;
}

/** When a put may take place: only where no object is, or only over the one with this ETag. */
export type PutCondition = { readonly ifAbsent: true } | { readonly ifMatch: string };

/** `written: false` means the condition did not hold and nothing was changed. */
export type PutOutcome =
  { readonly written: true; readonly etag: string } | { readonly written: false };

/**
 * One bucket. Reads see every completed write; a put is atomic: readers see the old object or the
 * new one, whole. Keys are UTF-8, `x` and `x/y` may both exist. Failures are `TidemarkError`s with
 * code BucketNotFound, AccessDenied, Throttled or Unreachable.
 */
export interface ObjectStore {
  /** The bucket, for messages: `s3://name`. */
  readonly url: string;
  /** Undefined when there is no such object. */
  get(key: string): Promise<StoredObject | undefined>;
  /** The object's bytes in pieces, for bodies too large to hold; undefined when there is none. */
  openRead(key: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  put(key: string, body: Uint8Array, condition?: PutCondition): Promise<PutOutcome>;
  /** Uploads a local file of any size; visible only once it is whole. */
  putFile(key: string, localPath: string): Promise<void>;
  /** Keys under `prefix` in UTF-8 byte order, those after `startAfter` (exclusive) only. */
  list(prefix: string, options?: { readonly startAfter?: string }): AsyncIterable<ListedObject>;
  /** Deletes what exists of `keys`; a missing one is no error. */
  delete(keys: readonly string[]): Promise<void>;
}

/** As much of a store as reading an export takes. */
export type ObjectReader = Pick<ObjectStore, 'url' | 'get' | 'openRead'>;
