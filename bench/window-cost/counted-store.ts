/** Owns the counting of what is written to a lake. */
import { stat } from 'node:fs/promises';
import type { ObjectStore } from '../../src/core/object-store.js';

export interface CountedStore {
  readonly store: ObjectStore;
  /** Bytes so far. */
  readonly written: () => number;
}

export function countedStore(inner: ObjectStore): CountedStore {
  let bytes = 0;
  const store: ObjectStore = {
    url: inner.url,
    get: (key) => inner.get(key),
    openRead: (key) => inner.openRead(key),
    put: (key, body, condition) => {
      bytes += body.length;
      return inner.put(key, body, condition);
    },
    putFile: async (key, localPath) => {
      bytes += (await stat(localPath)).size;
      await inner.putFile(key, localPath);
    },
    list: (prefix, options) => inner.list(prefix, options),
    delete: (keys) => inner.delete(keys),
  };
  return { store, written: () => bytes };
}
