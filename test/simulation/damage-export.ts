/** Owns damaging the objects of a finished export. */
import { createHash } from 'node:crypto';
import type { ObjectStore } from '../../src/core/object-store.js';
import { readText } from '../support/local-aws.js';
import type { Damage } from './simulation-script.js';

/** Damages `part` of the export whose `manifest-summary.json` is at `manifestKey`. */
export async function damageExport(
  store: ObjectStore,
  manifestKey: string,
  part: Damage,
): Promise<void> {
  const summary = await readText(store, manifestKey);
  const { manifestFilesS3Key: filesKey } = JSON.parse(summary) as { manifestFilesS3Key: string };
  switch (part) {
    case 'manifest':
      await cutShort(store, manifestKey);
      return;
    case 'manifest-files':
      await cutShort(store, filesKey);
      return;
    case 'missing-manifest-files':
      await store.delete([filesKey]);
      return;
    case 'data-file':
      await cutShort(store, await someDataFile(store, filesKey));
      return;
    case 'missing-data-file':
      await store.delete([await someDataFile(store, filesKey)]);
      return;
    case 'counts': {
      const { itemCount } = JSON.parse(summary) as { itemCount: number };
      const changed = summary.replace(`"itemCount":${itemCount}`, `"itemCount":${itemCount + 1}`);
      await store.put(manifestKey, Buffer.from(changed));
      const md5 = createHash('md5').update(changed).digest('base64');
      await store.put(manifestKey.replace(/\.json$/, '.md5'), Buffer.from(md5));
    }
  }
}

async function someDataFile(store: ObjectStore, filesKey: string): Promise<string> {
  const [line = ''] = (await readText(store, filesKey)).trim().split('\n').reverse();
  return (JSON.parse(line) as { dataFileS3Key: string }).dataFileS3Key;
}

async function cutShort(store: ObjectStore, key: string): Promise<void> {
  const object = await store.get(key);
  if (object === undefined) throw new Error(`no object ${key}`);
  await store.put(key, object.body.subarray(0, object.body.length - 3));
}
