/** Owns the count of the S3 requests that an activity makes, so that the table's ledger knows them. */
import { stat } from 'node:fs/promises';
import { uploadRequests } from '../../src/connectors/s3/s3-object-store.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { S3Requests } from '../../src/cost/load-usage.js';
import type { ActivityPorts } from './activity-ports.js';

/** Keys that one LIST request answers with. */
const LIST_PAGE = 1000;

/** An activity over `ports` that also tells what it asked of S3. */
export function counting<Arguments extends unknown[], Result extends object>(
  ports: ActivityPorts,
  activity: (ports: ActivityPorts) => (...args: Arguments) => Promise<Result>,
): (...args: Arguments) => Promise<Result & { readonly requests: S3Requests }> {
  return async (...args) => {
    const count = new RequestCount();
    const result = await activity({
      ...ports,
      objectStore: (region, bucket) => count.over(ports.objectStore(region, bucket)),
    })(...args);
    return { ...result, requests: { writes: count.writes, reads: count.reads } };
  };
}

/** As S3 bills them: a request that the client repeats by itself is counted once. */
class RequestCount {
  writes = 0;
  reads = 0;

  over(store: ObjectStore): ObjectStore {
    return {
      url: store.url,
      get: (key) => {
        this.reads += 1;
        return store.get(key);
      },
      openRead: (key) => {
        this.reads += 1;
        return store.openRead(key);
      },
      put: (key, body, condition) => {
        this.writes += 1;
        return store.put(key, body, condition);
      },
      putFile: async (key, localPath) => {
        this.writes += uploadRequests((await stat(localPath)).size);
        await store.putFile(key, localPath);
      },
      list: (prefix, options) => this.#listed(store.list(prefix, options)),
      // Free of charge.
      delete: (keys) => store.delete(keys),
    };
  }

  async *#listed<Listed>(keys: AsyncIterable<Listed>): AsyncIterable<Listed> {
    this.writes += 1;
    let seen = 0;
    for await (const key of keys) {
      if (seen > 0 && seen % LIST_PAGE === 0) this.writes += 1;
      seen += 1;
      yield key;
    }
  }
}
