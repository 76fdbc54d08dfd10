/** Owns the object store in memory: for simulations, and for tests that need no disk. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { compareKeys } from '../../core/key-order.js';
import type {
  ListedObject,
  ObjectStore,
  PutCondition,
  PutOutcome,
  StoredObject,
} from '../../core/object-store.js';

/** An empty store; `url` is only shown in messages. */
export function createMemoryObjectStore(url = 'memory://store'): ObjectStore {
  const objects = new Map<string, StoredObject>();

  function put(key: string, body: Uint8Array, condition?: PutCondition): PutOutcome {
    const current = objects.get(key);
    if (condition !== undefined) {
      const holds =
        'ifAbsent' in condition ? current === undefined : current?.etag === condition.ifMatch;
      if (!holds) return { written: false };
    }
    const etag = createHash('md5').update(body).digest('hex');
    // A copy, so that a caller who fills its buffer anew does not change the object.
    objects.set(key, { body: Uint8Array.from(body), etag });
    return { written: true, etag };
  }

  async function* list(
    prefix: string,
    { startAfter = '' }: { readonly startAfter?: string } = {},
  ): AsyncGenerator<ListedObject> {
    const keys = [...objects.keys()].filter(
      (key) => key.startsWith(prefix) && compareKeys(key, startAfter) > 0,
    );
    for (const key of keys.sort(compareKeys)) {
      const found = objects.get(key);
      // Given one by one, as a service does: what is deleted meanwhile may or may not be seen.
      if (found !== undefined) yield await Promise.resolve({ key, sizeBytes: found.body.length });
    }
  }

  return {
    url,
    list,
    get: (key) => {
      const found = objects.get(key);
      return Promise.resolve(found && { ...found, body: Uint8Array.from(found.body) });
    },
    openRead: (key) => {
      const found = objects.get(key);
      return Promise.resolve(found && onePiece(Uint8Array.from(found.body)));
    },
    put: (key, body, condition) => Promise.resolve(put(key, body, condition)),
    putFile: async (key, localPath) => {
      put(key, await readFile(localPath));
    },
    delete: (keys) => {
      for (const key of keys) objects.delete(key);
      return Promise.resolve();
    },
  };
}

async function* onePiece(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(body);
}
