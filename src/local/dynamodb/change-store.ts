/** Owns the change log as LevelDB keeps it: appended in the batch that writes the item. */
import type { Item } from '../../export/attribute-value.js';
import type { Change } from '../exports/ports.js';
import type { BatchStep, Database } from './dynalite-engine.js';
import {
  CHANGES,
  changeKey,
  changesOf,
  parseChangeKey,
  rangeOf,
  SEALED_STAMP,
  stampText,
} from './key-ranges.js';

interface StoredImages {
  readonly old?: Item;
  readonly new?: Item;
}

/** Changes cleaned up at once; keeps a trim's memory small. */
const TRIM_BATCH = 1000;

/** The batch step that records a change. */
export function changeStep(tableId: string, change: Change): BatchStep {
  const images: StoredImages = {
    ...(change.oldImage === undefined ? {} : { old: change.oldImage }),
    ...(change.newImage === undefined ? {} : { new: change.newImage }),
  };
  return { type: 'put', key: changeKey(tableId, change.micros, change.key), value: images };
}

/** The changes of a table stamped in `[fromMicros, toMicros)`, oldest first. */
export async function readChanges(
  db: Database,
  tableId: string,
  fromMicros: bigint,
  toMicros: bigint,
): Promise<Change[]> {
  const prefix = changesOf(tableId);
  const changes: Change[] = [];
  const range = { gte: prefix + stampText(fromMicros), lt: prefix + stampText(toMicros) };
  for await (const [key, value] of db.iterator(range)) changes.push(changeOf(key, value));
  return changes;
}

/** Forgets a table's changes. */
export async function dropChanges(db: Database, tableId: string): Promise<void> {
  await db.clear(rangeOf(changesOf(tableId)));
}

/**
 * Forgets the changes stamped before `beforeMicros` that a later one of the same key, stamped before
 * it too, has overtaken, and deletes that end a key's story. What is left tells the same table at
 * every time from `beforeMicros` on.
 */
export async function trimChanges(
  db: Database,
  tableId: string,
  beforeMicros: bigint,
): Promise<number> {
  const prefix = changesOf(tableId);
  const latest = new Map<string, string>();
  let steps: BatchStep[] = [];
  let trimmed = 0;
  const remove = async (key: string): Promise<void> => {
    steps.push({ type: 'del', key });
    trimmed += 1;
    if (steps.length < TRIM_BATCH) return;
    await db.batch(steps);
    steps = [];
  };
  const range = { gte: prefix, lt: prefix + stampText(beforeMicros) };
  for await (const [key, value] of db.iterator(range)) {
    const { itemKey } = parseChangeKey(key);
    const overtaken = latest.get(itemKey);
    if (overtaken !== undefined) await remove(overtaken);
    latest.delete(itemKey);
    if ((value as StoredImages).new === undefined) await remove(key);
    else latest.set(itemKey, key);
  }
  if (steps.length > 0) await db.batch(steps);
  return trimmed;
}

/**
 * Reads the highest stamp that any write ever had, and forgets the logs of tables that are not
 * among `tableIds`: their tables were deleted while the process died.
 */
export async function recoverChanges(db: Database, tableIds: ReadonlySet<string>): Promise<bigint> {
  let highest = BigInt(((await db.get(SEALED_STAMP)) as string | undefined) ?? '0');
  let { gte } = rangeOf(CHANGES);
  const { lt } = rangeOf(CHANGES);
  for (;;) {
    const first = await firstKey(db, { gte, lt, limit: 1 });
    if (first === undefined) return highest;
    const { tableId } = parseChangeKey(first);
    const own = rangeOf(changesOf(tableId));
    const last = await firstKey(db, { ...own, limit: 1, reverse: true });
    const { micros } = parseChangeKey(last ?? first);
    if (micros > highest) highest = micros;
    if (!tableIds.has(tableId)) await db.clear(own);
    gte = own.lt;
  }
}

/** Remembers that no write will be stamped before `micros` any more, as if its forerunner was used. */
export async function saveSeal(db: Database, micros: bigint): Promise<void> {
  await db.batch([{ type: 'put', key: SEALED_STAMP, value: (micros - 1n).toString() }]);
}

async function firstKey(
  db: Database,
  range: Parameters<Database['iterator']>[0],
): Promise<string | undefined> {
  for await (const [key] of db.iterator(range)) return key;
  return undefined;
}

function changeOf(key: string, value: unknown): Change {
  const { micros, itemKey } = parseChangeKey(key);
  const images = value as StoredImages;
  return { micros, key: itemKey, oldImage: images.old, newImage: images.new };
}
