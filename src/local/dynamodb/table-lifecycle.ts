/** Owns the making and unmaking of tables, and what a dead process left half done. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.js';
import { ServiceError } from '../exports/service-error.js';
import { dropChanges } from './change-store.js';
import {
  anyTable,
  callOperation,
  type BatchStep,
  type Json,
  type Store,
  type TableDescription,
} from './dynalite-engine.js';
import { INDEX_TYPES, indexesOf, indexOf, itemsOf, rangeOf, TABLES } from './key-ranges.js';
import { dropSettings } from './table-settings.js';
import type { WritePath } from './write-path.js';

/** A new table's ARN names the Region of the request that made it. */
export function createTable(
  request: Json,
  { store, clock, region }: { store: Store; clock: Clock; region: string },
): Promise<Json> {
  const { tableDb } = store;
  const view: Store = {
    ...store,
    tableDb: {
      ...tableDb,
      awsRegion: region,
      put: (key, value, callback) => {
        const table = value as TableDescription;
        if (table.TableStatus === 'CREATING') {
          table.TableId = randomUUID();
          table.CreationDateTime = Number(clock.nowMicros() / 1000n) / 1000;
        }
        tableDb.put(key, table, callback);
      },
    },
  };
  return callOperation('CreateTable', request, view);
}

/**
 * Deletes a table with its items, change log and settings. `finishReading` is called when no write
 * can come any more and the log is still there.
 */
export async function deleteTable(
  request: Json,
  path: WritePath,
  finishReading: (tableId: string) => Promise<void>,
): Promise<Json> {
  const { store } = path;
  const tableName = String(request['TableName']);
  const table = await anyTable(store, tableName);
  if (table.TableStatus === 'CREATING') return callOperation('DeleteTable', request, store);
  if (table.TableStatus === 'DELETING' || path.isClosed(tableName)) {
    throw new ServiceError(
      'ResourceInUseException',
      `Attempt to change a resource which is still in use: Table is being deleted: ${tableName}`,
    );
  }
  await path.closeTable(tableName);
  try {
    await finishReading(table.TableId);
    const answer = await callOperation('DeleteTable', request, clearingView(store));
    await forgetTable(store, table.TableId);
    return answer;
  } finally {
    path.reopenTable(tableName);
  }
}

/** dynalite deletes a sublevel by reading the whole database; a range is cleared at once. */
function clearingView(store: Store): Store {
  const clear = (prefix: string, callback: (error: unknown) => void): void => {
    store.db.clear(rangeOf(prefix)).then(() => {
      callback(null);
    }, callback);
  };
  return {
    ...store,
    deleteItemDb: (tableName, callback) => {
      clear(itemsOf(tableName), callback);
    },
    deleteIndexDb: (indexType, tableName, indexName, callback) => {
      clear(indexOf(indexType, tableName, indexName), callback);
    },
  };
}

/**
 * Completes what timers of a process that died should have: tables being created become ACTIVE,
 * tables being deleted go. Resolves to the ids of the tables that are left.
 */
export async function recoverTables(store: Store): Promise<Set<string>> {
  const tableIds = new Set<string>();
  const steps: BatchStep[] = [];
  for await (const [key, value] of store.db.iterator(rangeOf(TABLES))) {
    const table = value as TableDescription;
    if (table.TableStatus === 'DELETING') {
      await store.db.clear(rangeOf(itemsOf(table.TableName)));
      for (const type of INDEX_TYPES)
        await store.db.clear(rangeOf(indexesOf(type, table.TableName)));
      await forgetTable(store, table.TableId);
      steps.push({ type: 'del', key });
      continue;
    }
    tableIds.add(table.TableId);
    if (table.TableStatus === 'ACTIVE') continue;
    table.TableStatus = 'ACTIVE';
    for (const index of table.GlobalSecondaryIndexes ?? []) index.IndexStatus = 'ACTIVE';
    steps.push({ type: 'put', key, value: table });
  }
  await store.db.batch(steps);
  return tableIds;
}

/** The ids of the tables that are there, in whatever status. */
export async function tableIdsOf(store: Store): Promise<string[]> {
  const tableIds: string[] = [];
  for await (const [, table] of store.db.iterator(rangeOf(TABLES))) {
    tableIds.push((table as TableDescription).TableId);
  }
  return tableIds;
}

async function forgetTable(store: Store, tableId: string): Promise<void> {
  await dropChanges(store.db, tableId);
  await dropSettings(store.db, tableId);
}
