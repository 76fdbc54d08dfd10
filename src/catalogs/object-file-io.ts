/** Owns the files of Iceberg tables on an object store. */
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { ObjectStore } from '../core/object-store.js';
import type { FileIo } from '../iceberg/file-io.js';
import { storeLocations } from './store-locations.js';

/**
 * The objects of `store` by their locations. InvalidConfig for a location outside the store, or one
 * to be written that not every reader could follow.
 */
export function createObjectFileIo(store: ObjectStore): FileIo {
  const { keyOf, locationOf } = storeLocations(store.url);
  const keyToWrite = (location: string): string => {
    const key = keyOf(location);
    locationOf(key);
    return key;
  };
  return {
    read: async (location) => {
      const found = await store.get(keyOf(location));
      if (found !== undefined) return found.body;
      throw new TidemarkError(`There is no file ${location}.`, {
        code: ErrorCode.NotFound,
        subject: location,
      });
    },
    write: async (location, body, condition) => {
      const { written } = await store.put(keyToWrite(location), body, condition);
      return written;
    },
    writeFile: async (location, localPath) => {
      await store.putFile(keyToWrite(location), localPath);
    },
    delete: async (locations) => {
      await store.delete(locations.map(keyOf));
    },
    async *list(folder) {
      for await (const { key, sizeBytes } of store.list(`${keyOf(folder)}/`)) {
        yield { location: locationOf(key), sizeBytes };
      }
    },
  };
}
