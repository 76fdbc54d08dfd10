/** Owns counting what an export holds, every file read and verified. */
import type { ObjectStore } from '../../core/object-store.js';
import type { Change } from '../../export/change.js';
import type { ExpectedExport } from '../../export/export-manifest.js';
import { readAllChanges, storedFiles } from '../../processing/read-changes.js';
import { readExport } from '../../processing/read-export.js';

/** What an export holds. */
export interface ExportContents {
  readonly items: number;
  /** Data files, empty ones included. */
  readonly files: number;
  /** Of the data files, compressed. */
  readonly sizeBytes: number;
  /** Records by kind of change; under the view NEW_IMAGE an insert cannot be told from an update. */
  readonly changes: Readonly<Record<ChangeKind, number>>;
}

type ChangeKind = 'item' | 'insert' | 'update' | 'upsert' | 'delete';

/** CorruptExport names what does not verify. */
export async function countExport(source: {
  readonly store: ObjectStore;
  readonly manifestKey: string;
  readonly expected: ExpectedExport;
  readonly keyAttributes: readonly string[];
}): Promise<ExportContents> {
  const { store, expected, keyAttributes } = source;
  const { files } = await readExport(source);
  const { scope } = expected;
  const changes = { item: 0, insert: 0, update: 0, upsert: 0, delete: 0 };
  for await (const change of readAllChanges(storedFiles(store, files), {
    kind: scope.kind,
    keyAttributes,
  })) {
    const isBlind = scope.kind === 'incremental' && scope.view === 'NEW_IMAGE';
    changes[scope.kind === 'full' ? 'item' : kindOf(change, isBlind)] += 1;
  }
  return {
    items: files.reduce((sum, file) => sum + file.itemCount, 0),
    files: files.length,
    sizeBytes: await sizeOf(store, files),
    changes,
  };
}

function kindOf(change: Change, isBlind: boolean): ChangeKind {
  if (change.newImage === undefined) return 'delete';
  if (isBlind) return 'upsert';
  return change.oldImage === undefined ? 'insert' : 'update';
}

async function sizeOf(
  store: ObjectStore,
  files: readonly { readonly key: string }[],
): Promise<number> {
  const keys = new Set(files.map((file) => file.key));
  const folders = new Set([...keys].map((key) => key.slice(0, key.lastIndexOf('/') + 1)));
  let sizeBytes = 0;
  for (const folder of folders) {
    for await (const object of store.list(folder)) {
      if (keys.has(object.key)) sizeBytes += object.sizeBytes;
    }
  }
  return sizeBytes;
}
