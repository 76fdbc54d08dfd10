/** Owns reading and writing small text objects of a store. */
import type { ObjectStore, PutCondition } from '../core/object-store.js';

/** The object as text; undefined when there is none. */
export async function getText(store: ObjectStore, key: string): Promise<string | undefined> {
  const object = await store.get(key);
  return object && new TextDecoder().decode(object.body);
}

/** Writes text; answers whether `condition` held. */
export async function putText(
  store: ObjectStore,
  key: string,
  text: string,
  condition?: PutCondition,
): Promise<boolean> {
  const outcome = await store.put(key, new TextEncoder().encode(text), condition);
  return outcome.written;
}
