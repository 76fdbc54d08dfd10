/** Owns object stores whose puts are held up, lost or refused at the moment a test chooses. */
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import type { ObjectStore } from '../../src/core/object-store.js';

/** A put as it is about to happen; `carryOut` puts it. */
export type OnPut = (key: string, carryOut: () => Promise<void>) => Promise<void>;

/**
 * `store`, with `onPut` called before every conditional put. When `onPut` has it carried out and
 * returns, the put is sent again, as the SDK does when an answer is lost.
 */
export function heldStore(store: ObjectStore, onPut: OnPut): ObjectStore {
  return {
    url: store.url,
    get: (key) => store.get(key),
    openRead: (key) => store.openRead(key),
    putFile: (key, path) => store.putFile(key, path),
    list: (prefix, options) => store.list(prefix, options),
    delete: (keys) => store.delete(keys),
    put: async (key, body, condition) => {
      await onPut(key, async () => {
        await store.put(key, body, condition);
      });
      return await store.put(key, body, condition);
    },
  };
}

export function brokenOff(store: ObjectStore): TidemarkError {
  return new TidemarkError(`A call on ${store.url} broke off.`, {
    code: ErrorCode.Unreachable,
    subject: store.url,
    retryable: true,
  });
}
