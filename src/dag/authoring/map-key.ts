/** Owns turning `(a) => a.spec.table` into the text `{spec.table}`, since a graph holds no code. */
import type { Json } from '../graph.js';

const path = Symbol('path');

/** A stand-in for an input that remembers which of its parts were asked for. */
interface Recorder {
  readonly [path]: string;
}

function recorder(at: string): Recorder {
  return new Proxy({} as Recorder, {
    get(_target, name) {
      if (name === path) return at;
      if (name === Symbol.toPrimitive) return () => `{${at}}`;
      if (typeof name === 'symbol') return undefined;
      return recorder(at === '' ? name : `${at}.${name}`);
    },
  });
}

/** The template of `key`; undefined when it does more than read inputs and join them. */
export function keyTemplate(key: (inputs: never) => unknown): string | undefined {
  try {
    const result = key(recorder('') as never);
    if (typeof result === 'string') return result;
    if (typeof result !== 'object' || result === null) return undefined;
    const at: unknown = (result as Partial<Recorder>)[path];
    return typeof at === 'string' && at !== '' ? `{${at}}` : undefined;
  } catch {
    return undefined;
  }
}

/** An item's name by a template and the item's inputs; a part that is not there shows as `?`. */
export function renderKey(template: string, inputs: Readonly<Record<string, Json>>): string {
  return template.replaceAll(/\{([^{}]+)\}/g, (_whole, at: string) => {
    let part: Json | undefined = inputs;
    for (const name of at.split('.')) {
      if (typeof part !== 'object' || part === null) return '?';
      part = (part as Readonly<Record<string, Json>>)[name];
    }
    if (part === undefined) return '?';
    return typeof part === 'object' ? JSON.stringify(part) : String(part);
  });
}
