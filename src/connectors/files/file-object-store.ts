/** Owns the object store in a folder: a bucket for one machine, readable with any tool. */
import { randomUUID } from 'node:crypto';
import { constants, statSync, type Dirent } from 'node:fs';
import { copyFile, mkdir, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { compareKeys } from '../../core/key-order.js';
import type {
  ListedObject,
  ObjectStore,
  PutCondition,
  PutOutcome,
  StoredObject,
} from '../../core/object-store.js';
import { BucketFolder, etagOf } from './bucket-folder.js';
import { OWN_FOLDER, keyOfPath, keyOfShadowPath, pathOfKey } from './key-path.js';
import { withWriteLock } from './write-lock.js';

const ABANDONED_MS = 24 * 60 * 60 * 1000;

/**
 * A folder as a bucket; it is made at the first write. An object lies at `directory/<key>`, so
 * what reads the folder directly reads the objects; only keys that cannot be paths are escaped.
 *
 * Several processes of one machine may share the folder. A put is flushed to the device before
 * it counts.
 */
export function createFileObjectStore(options: { readonly directory: string }): ObjectStore {
  return new FileObjectStore(resolve(options.directory));
}

class FileObjectStore implements ObjectStore {
  readonly url: string;
  readonly #directory: string;
  readonly #folder: BucketFolder;
  #prepared: Promise<void> | undefined;

  constructor(directory: string) {
    this.url = pathToFileURL(directory).href;
    this.#directory = directory;
    this.#folder = new BucketFolder(directory);
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const file = await this.#open(key);
    if (file === undefined) return undefined;
    try {
      return withEtag({ body: await file.readFile() });
    } finally {
      await file.close();
    }
  }

  async openRead(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const file = await this.#open(key);
    return file?.createReadStream() as AsyncIterable<Uint8Array> | undefined;
  }

  async put(key: string, body: Uint8Array, condition?: PutCondition): Promise<PutOutcome> {
    const written = await this.#write(key, condition, async (stagedPath) => {
      const file = await open(stagedPath, 'wx');
      await file.writeFile(body).finally(() => file.close());
    });
    return written ? { written, etag: etagOf(body) } : { written };
  }

  async putFile(key: string, localPath: string): Promise<void> {
    await this.#write(key, undefined, (stagedPath) =>
      copyFile(localPath, stagedPath, constants.COPYFILE_FICLONE),
    );
  }

  async *list(
    prefix: string,
    { startAfter = '' }: { readonly startAfter?: string } = {},
  ): AsyncGenerator<ListedObject> {
    const found = new Map<string, ListedObject>();
    // In this order: an object that moves into the shadows meanwhile is seen at least once.
    for (const [root, keyOf] of [
      [this.#directory, keyOfPath],
      [this.#folder.shadowDirectory, keyOfShadowPath],
    ] as const) {
      for (const path of await filesUnder(root, folderOfPrefix(prefix))) {
        // A path without escapes is its own key, if it has one: a commit lists the few of its kind among many.
        if (!path.includes('%') && !path.startsWith(prefix)) continue;
        const key = keyOf(path);
        if (key === undefined || !key.startsWith(prefix) || compareKeys(key, startAfter) <= 0) {
          continue;
        }
        // A window's commit lists a hundred files four times: a call to a thread costs ten times as much.
        const file = statSync(join(root, path), { throwIfNoEntry: false });
        if (file !== undefined) found.set(key, { key, sizeBytes: file.size });
      }
    }
    yield* [...found.values()].sort((left, right) => compareKeys(left.key, right.key));
  }

  async delete(keys: readonly string[]): Promise<void> {
    await this.#prepare();
    await this.#changing(() => {
      for (const key of keys) this.#folder.remove(key);
    });
  }

  async #open(key: string): Promise<FileHandle | undefined> {
    for (const path of this.#folder.pathsOf(key)) {
      const file = await open(path, 'r').catch(ifMissing).catch(this.#fail);
      if (file === undefined) continue;
      if ((await file.stat()).isFile()) return file;
      await file.close();
    }
    return undefined;
  }

  async #write(
    key: string,
    condition: PutCondition | undefined,
    stage: (path: string) => Promise<void>,
  ): Promise<boolean> {
    await this.#prepare();
    const stagedPath = join(this.#folder.stagingDirectory, randomUUID());
    try {
      await stage(stagedPath);
      await flush(stagedPath);
      return await this.#changing(() => this.#folder.commit(key, stagedPath, condition));
    } finally {
      await rm(stagedPath, { force: true });
    }
  }

  async #changing<T>(change: () => T): Promise<T> {
    return withWriteLock(this.#folder.lockPath, change).catch(this.#fail);
  }

  /** Makes the store's own folder, and removes what writers that were killed left in it. */
  async #prepare(): Promise<void> {
    this.#prepared ??= prepareStaging(this.#folder.stagingDirectory).catch((error: unknown) => {
      this.#prepared = undefined;
      return this.#fail(error);
    });
    await this.#prepared;
  }

  readonly #fail = (error: unknown): never => {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['EACCES', 'EPERM', 'EROFS'].includes(code)) throw error;
    throw new TidemarkError(`The folder ${this.#directory} cannot be used: ${code}.`, {
      code: ErrorCode.AccessDenied,
      subject: this.url,
      hint: 'Give the process the right to read and write the folder.',
      cause: error,
    });
  };
}

async function prepareStaging(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const modifiedMs = await stat(path).then(({ mtimeMs }) => mtimeMs, ifMissing);
    if (modifiedMs !== undefined && modifiedMs < Date.now() - ABANDONED_MS) {
      await rm(path, { force: true });
    }
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  await file.sync().finally(() => file.close());
}

/** The deepest folder that holds every key with `prefix`; empty for the whole. */
function folderOfPrefix(prefix: string): string {
  const slash = prefix.lastIndexOf('/');
  return slash < 0 ? '' : pathOfKey(prefix.slice(0, slash));
}

/** Paths relative to `root` of the files in `folder` and below, the store's own folder left out. */
async function filesUnder(root: string, folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  const folders = [folder];
  for (let inside = folders.pop(); inside !== undefined; inside = folders.pop()) {
    const entries = await readdir(join(root, inside), { withFileTypes: true }).catch(ifMissing);
    for (const entry of entries ?? ([] as Dirent[])) {
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (path === OWN_FOLDER) continue;
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) paths.push(path);
    }
  }
  return paths;
}

/** Few ask for it, and it costs as much as the reading. */
function withEtag({ body }: Pick<StoredObject, 'body'>): StoredObject {
  return {
    body,
    get etag() {
      return etagOf(body);
    },
  };
}

/** Undefined for an error that says there is no such file; anything else is thrown on. */
function ifMissing(error: unknown): undefined {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
  throw error;
}
