/** Owns where an object of a store lies to readers of Iceberg tables, and the way back to its key. */
import { fileURLToPath } from 'node:url';
import { ErrorCode, TidemarkError } from '../core/errors.js';

/** Keys as locations: `s3://bucket/key`, `file:///folder/key`. */
export interface StoreLocations {
  /** Of the whole store, without a slash at its end. */
  readonly base: string;
  /** InvalidConfig for a key that not every reader could follow. */
  readonly locationOf: (key: string) => string;
  /** Also of the forms other writers use; InvalidConfig for a location outside the store. */
  readonly keyOf: (location: string) => string;
}

/** Readers cut a location at `?` and `#`; DuckDB fails on a quote. */
const UNREADABLE = /[?#"\\\p{Cc}\p{Cs}]/u;
/** What the store in a folder writes otherwise than the key has it: see its key-path.ts. */
const MAX_FILE_NAME_BYTES = 200;

/**
 * The locations of a store, by its `url`.
 *
 * Nothing in a location is escaped: Hadoop's Path, PyIceberg and DuckDB take the text after `file:`
 * for the path as it stands, so that `%20` is three letters to them and a space is a space.
 */
export function storeLocations(storeUrl: string): StoreLocations {
  const inFolder = storeUrl.startsWith('file:');
  const base = inFolder
    ? `file://${withoutSlash(fileURLToPath(storeUrl))}`
    : withoutSlash(storeUrl);
  return {
    base,
    locationOf: (key) => {
      const location = `${base}/${key}`;
      if (!UNREADABLE.test(location) && key.split('/').every((name) => isPlain(name, inFolder))) {
        return location;
      }
      throw new TidemarkError(`Readers of Iceberg tables cannot follow the location ${location}.`, {
        code: ErrorCode.InvalidConfig,
        subject: location,
        hint: 'Choose a lake folder and table names of letters, digits, "-", "_" and ".".',
      });
    },
    keyOf: (location) => {
      const canonical = inFolder ? canonicalFile(location) : location.replace(/^s3[an]:/, 's3:');
      if (canonical.startsWith(`${base}/`)) return canonical.slice(base.length + 1);
      throw new TidemarkError(`${location} lies outside the lake's ${base}.`, {
        code: ErrorCode.InvalidConfig,
        subject: location,
        hint: 'Keep the files of a table in one bucket or folder with the lake.',
      });
    },
  };
}

function withoutSlash(text: string): string {
  return text.replace(/\/+$/, '');
}

function isPlain(name: string, inFolder: boolean): boolean {
  if (name === '' || name === '.' || name === '..') return false;
  return !inFolder || (!name.includes('%') && Buffer.byteLength(name) <= MAX_FILE_NAME_BYTES);
}

/** Hadoop writes `file:/folder`; some write the bare path. */
function canonicalFile(location: string): string {
  const [, path] = /^(?:file:(?:\/\/(?:localhost)?)?)?(\/(?!\/).*)$/s.exec(location) ?? [];
  return path === undefined ? location : `file://${path}`;
}
