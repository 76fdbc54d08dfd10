/** Owns an object store whose calls fail now and then, before the deed or after it. */
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import type { ObjectStore } from '../../src/core/object-store.js';

/** Half of the faults lose the answer to a call that was carried out: the caller cannot tell. */
export function faultyObjectStore(
  store: ObjectStore,
  random: (below: number) => number,
  oneIn: number,
): ObjectStore {
  const fault = (call: string): TidemarkError =>
    new TidemarkError(`${call} on ${store.url} broke off.`, {
      code: ErrorCode.Unreachable,
      subject: store.url,
      retryable: true,
    });
  const tried = async <Result>(call: string, deed: () => Promise<Result>): Promise<Result> => {
    if (random(2 * oneIn) === 0) throw fault(call);
    const result = await deed();
    if (random(2 * oneIn) === 0) throw fault(call);
    return result;
  };
  return {
    url: store.url,
    get: (key) => tried('get', () => store.get(key)),
    put: (key, body, condition) => tried('put', () => store.put(key, body, condition)),
    putFile: (key, path) => tried('putFile', () => store.putFile(key, path)),
    delete: (keys) => tried('delete', () => store.delete(keys)),
    async *list(prefix, options) {
      for await (const listed of store.list(prefix, options)) {
        if (random(20 * oneIn) === 0) throw fault('list');
        yield listed;
      }
    },
    openRead: async (key) => {
      const pieces = await tried('openRead', () => store.openRead(key));
      if (pieces === undefined) return undefined;
      return (async function* () {
        for await (const piece of pieces) {
          if (random(4 * oneIn) === 0) throw fault('read');
          yield piece;
        }
      })();
    },
  };
}
