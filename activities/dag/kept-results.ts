/** Owns outputs that are too large for a run's history: kept as objects, read by reference. */
import { createHash } from 'node:crypto';
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Output } from '../../src/dag/engine/run-state.js';
import type { Json } from '../../src/dag/graph.js';

/** Bytes of JSON that travel in the history: of a task's output, and of an item's, as there are many. */
const MOST_INLINE_BYTES = 4096;
const MOST_INLINE_ITEM_BYTES = 1024;

/** Without a store, more of it: a payload ends at 2 MiB, and hundreds of items may meet in one. */
const MOST_UNKEPT_BYTES = 65_536;
const MOST_UNKEPT_ITEM_BYTES = 4096;

/** Lists read lately: thousands of items read the same one. */
const LISTS_REMEMBERED = 16;

/** Keeps outputs and loads them. */
export interface KeptResults {
  /** `value` itself when small, else where it is kept. @throws TidemarkError when it is no JSON. */
  keep(
    name: string,
    value: unknown,
    how: { readonly isItem: boolean; readonly valueNeeded: boolean },
  ): Promise<Output>;
  /** Keeps a list of outputs; null where nothing can be kept. */
  keepAll(name: string, outputs: readonly (Output | null)[]): Promise<string | null>;
  load(ref: string): Promise<Json>;
}

/** Where results are kept, and under which prefix; nothing is kept without. */
export interface ResultsPlace {
  readonly store: ObjectStore;
  readonly prefix: string;
}

/** Objects named by what they hold: an attempt that runs twice leaves the first one's answer alone. */
export function keptResults(place: ResultsPlace | undefined): KeptResults {
  const remembered = new Map<string, Promise<Json>>();
  const put = async ({ store, prefix }: ResultsPlace, name: string, text: string) => {
    const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
    const key = `${prefix === '' ? '' : `${prefix}/`}${name}-${digest}.json`;
    await store.put(key, Buffer.from(text));
    return key;
  };
  return {
    keep: async (name, value, { isItem, valueNeeded }) => {
      const text = jsonOf(value, name);
      const kept = isItem ? MOST_INLINE_ITEM_BYTES : MOST_INLINE_BYTES;
      const unkept = isItem ? MOST_UNKEPT_ITEM_BYTES : MOST_UNKEPT_BYTES;
      const limit = place === undefined ? unkept : kept;
      const json = JSON.parse(text) as Json;
      if (valueNeeded || Buffer.byteLength(text) <= limit) return { value: json };
      if (place === undefined) throw tooLarge(name, text.length);
      const ref = await put(place, name, text);
      return { ref, ...(Array.isArray(json) ? { length: json.length } : {}) };
    },
    keepAll: async (name, outputs) =>
      place === undefined ? null : put(place, name, JSON.stringify(outputs)),
    load: (ref) => {
      const known = remembered.get(ref);
      const loading = known ?? loadFrom(place, ref);
      // The latest at the end, the oldest goes; a failure is not remembered.
      remembered.delete(ref);
      remembered.set(ref, loading);
      loading.catch(() => remembered.delete(ref));
      for (const oldest of remembered.keys()) {
        if (remembered.size <= LISTS_REMEMBERED) break;
        remembered.delete(oldest);
      }
      return loading;
    },
  };
}

async function loadFrom(place: ResultsPlace | undefined, ref: string): Promise<Json> {
  const found = await place?.store.get(ref);
  if (found !== undefined) return JSON.parse(Buffer.from(found.body).toString()) as Json;
  throw new TidemarkError(`The output kept as ${ref} is not there.`, {
    code: ErrorCode.NotFound,
    subject: ref,
    retryable: true,
    hint: 'Every worker needs the same `results`; clear the task that made it to have it made anew.',
  });
}

function jsonOf(value: unknown, name: string): string {
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new TypeError(`a ${typeof value} is none`);
    return text;
  } catch (cause) {
    throw new TidemarkError(`The output of ${name} is no JSON: ${String(cause)}`, {
      code: ErrorCode.InvalidUsage,
      subject: name,
      hint: 'Return plain values; write what is large or binary to a file or bucket and return its name.',
      cause,
    });
  }
}

function tooLarge(name: string, sizeBytes: number): TidemarkError {
  return new TidemarkError(
    `The output of ${name} is ${Math.ceil(sizeBytes / 1024)} kB, too large for the run's history.`,
    {
      code: ErrorCode.InvalidConfig,
      subject: name,
      hint: 'Set `results` in tidemark.config.ts to a bucket or directory that all workers share.',
    },
  );
}
