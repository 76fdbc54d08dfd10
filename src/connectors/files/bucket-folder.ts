/** Owns where objects lie in a folder, and the steps that put one there or take it away. */
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  rmdirSync,
} from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';

import type { PutCondition } from '../../core/object-store.js';
import { OWN_FOLDER, pathOfKey, shadowPathOfKey } from './key-path.js';

/**
 * Objects lie under their keys. Where a folder has an object's place, as `x` beside `x/y` would,
 * the object lies among the shadowed ones in the store's own folder.
 *
 * An object only ever moves from its place into the shadows, and is in both while it moves: a
 * reader that looks in that order always finds it. All changes are made under the write lock.
 */
export class BucketFolder {
  readonly #directory: string;
  readonly shadowDirectory: string;
  readonly stagingDirectory: string;
  readonly lockPath: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.shadowDirectory = join(directory, OWN_FOLDER, 'shadowed');
    this.stagingDirectory = join(directory, OWN_FOLDER, 'staging');
    this.lockPath = join(directory, OWN_FOLDER, 'lock');
  }

  /** The paths to look for an object at, in this order. */
  pathsOf(key: string): readonly [plain: string, shadowed: string] {
    return [
      join(this.#directory, pathOfKey(key)),
      join(this.shadowDirectory, shadowPathOfKey(key)),
    ];
  }

  /**
   * Moves the file at `stagedPath` to the object's place if `condition` holds; false otherwise,
   * and the file stays. The move is the commit point.
   */
  commit(key: string, stagedPath: string, condition: PutCondition | undefined): boolean {
    if (condition !== undefined && !this.#holds(key, condition)) return false;
    const path = this.#placeFor(key);
    if (condition !== undefined && 'ifAbsent' in condition) {
      // A link, unlike a rename, never replaces: "absent" holds even against a writer without lock.
      return linkedAnew(stagedPath, path);
    }
    renameSync(stagedPath, path);
    return true;
  }

  remove(key: string): void {
    const [plain, shadowed] = this.pathsOf(key);
    if (isFile(shadowed)) rmSync(shadowed);
    if (isFile(plain)) rmSync(plain);
    this.#removeEmptyFolders(dirname(plain));
  }

  #holds(key: string, condition: PutCondition): boolean {
    const path = this.pathsOf(key).find(isFile);
    if ('ifAbsent' in condition) return path === undefined;
    return path !== undefined && etagOf(readFileSync(path)) === condition.ifMatch;
  }

  #placeFor(key: string): string {
    const [plain, shadowed] = this.pathsOf(key);
    if (isFile(shadowed) || isFolder(plain)) {
      mkdirSync(dirname(shadowed), { recursive: true });
      return isFile(plain) ? plain : shadowed;
    }
    this.#makeWay(plain);
    mkdirSync(dirname(plain), { recursive: true });
    return plain;
  }

  /** Moves objects that lie where `path` needs folders into the shadows. */
  #makeWay(path: string): void {
    const relative = path.slice(this.#directory.length + 1).split('/');
    for (let depth = 1; depth < relative.length; depth += 1) {
      const inTheWay = relative.slice(0, depth).join('/');
      const from = join(this.#directory, inTheWay);
      if (!isFile(from)) continue;
      const to = join(this.shadowDirectory, `${inTheWay}%=`);
      const linked = join(this.stagingDirectory, randomUUID());
      mkdirSync(dirname(to), { recursive: true });
      linkSync(from, linked);
      renameSync(linked, to);
      rmSync(from);
    }
  }

  #removeEmptyFolders(directory: string): void {
    for (let folder = directory; folder !== this.#directory; folder = dirname(folder)) {
      try {
        rmdirSync(folder);
      } catch {
        return;
      }
    }
  }
}

/** Opaque to callers; the same bytes have the same one, as in S3. */
export function etagOf(body: Uint8Array): string {
  return createHash('md5').update(body).digest('hex');
}

function linkedAnew(from: string, to: string): boolean {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  rmSync(from);
  return true;
}

function isFile(path: string): boolean {
  return lstatOf(path)?.isFile() ?? false;
}

function isFolder(path: string): boolean {
  return lstatOf(path)?.isDirectory() ?? false;
}

function lstatOf(path: string): ReturnType<typeof lstatSync> {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // A file where the path has a folder.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}
