/** Owns the one way an item is written: item, indexes and change record land in one batch. */
import type { Item } from '../../export/attribute-value.js';
import { ServiceError } from '../exports/service-error.js';
import { changeStep } from './change-store.js';
import {
  activeTable,
  getItem,
  type BatchStep,
  type Callback,
  type IndexDatabase,
  type Store,
  type SubDatabase,
} from './dynalite-engine.js';
import { indexOf, itemsOf } from './key-ranges.js';
import type { WriteStamps } from './write-stamps.js';

/** What is to become of one item; undefined deletes it. */
export interface ItemWrite {
  readonly tableName: string;
  readonly key: string;
  readonly item: Item | undefined;
}

/** Writes items, each with its change record, through views of the store that actions run on. */
export class WritePath {
  readonly store: Store;
  readonly #stamps: WriteStamps;
  readonly #closedTables = new Set<string>();

  constructor(store: Store, stamps: WriteStamps) {
    this.store = store;
    this.#stamps = stamps;
  }

  /** A view of the store for one request: every item an action puts or deletes is committed. */
  committingView(): Store {
    const indexSteps: BatchStep[] = [];
    return this.#view(indexSteps, (tableName) => {
      const items = this.store.getItemDb(tableName);
      // The action holds the key's lock until `callback`, so nobody writes it in between.
      const write = (key: string, item: Item | undefined, callback: Callback): void => {
        this.commit([{ tableName, key, item }], indexSteps.splice(0)).then(() => {
          callback(null);
        }, callback);
      };
      return {
        ...items,
        put: (key, item, callback) => {
          write(key, item as Item, callback);
        },
        del: (key, callback) => {
          write(key, undefined, callback);
        },
      };
    });
  }

  /** A view that only collects what actions write; its keys must be locked already. */
  stagingView(writes: ItemWrite[], indexSteps: BatchStep[]): Store {
    return this.#view(indexSteps, (tableName) => ({
      ...this.store.getItemDb(tableName),
      lock: (_keys, work) => {
        work((done) => done);
      },
      put: (key, item, callback) => {
        writes.push({ tableName, key, item: item as Item });
        callback(null);
      },
      del: (key, callback) => {
        writes.push({ tableName, key, item: undefined });
        callback(null);
      },
    }));
  }

  /**
   * The commit point of every write: one stamp, one batch, all or nothing. Deleting what is not
   * there writes nothing; putting what is there already is a write like any other. The caller holds
   * the locks of all keys.
   */
  async commit(writes: readonly ItemWrite[], indexSteps: readonly BatchStep[]): Promise<void> {
    const prepared = await Promise.all(writes.map((write) => this.#prepare(write)));
    const effective = prepared.filter((write) => write.oldImage ?? write.item);
    if (effective.length === 0 && indexSteps.length === 0) return;
    for (const { tableName } of writes) this.#checkOpen(tableName);
    const stamp = this.#stamps.take();
    try {
      const steps = effective.flatMap(({ tableName, tableId, key, oldImage, item }) => [
        itemStep(tableName, key, item),
        changeStep(tableId, { micros: stamp.micros, key, oldImage, newImage: item }),
      ]);
      await this.store.db.batch([...indexSteps, ...steps]);
    } finally {
      stamp.done();
    }
  }

  /** Refuses writes to a table from now on, and resolves when those under way have ended. */
  async closeTable(tableName: string): Promise<void> {
    this.#closedTables.add(tableName);
    await this.#stamps.allSettled();
  }

  isClosed(tableName: string): boolean {
    return this.#closedTables.has(tableName);
  }

  /** Allows writes again: the deletion failed, or is done. */
  reopenTable(tableName: string): void {
    this.#closedTables.delete(tableName);
  }

  async #prepare(
    write: ItemWrite,
  ): Promise<ItemWrite & { readonly tableId: string; readonly oldImage: Item | undefined }> {
    const table = await activeTable(this.store, write.tableName);
    const oldImage = await getItem(this.store.getItemDb(write.tableName), write.key);
    return { ...write, tableId: table.TableId, oldImage };
  }

  #checkOpen(tableName: string): void {
    if (!this.isClosed(tableName)) return;
    throw new ServiceError('ResourceNotFoundException', 'Requested resource not found');
  }

  #view(indexSteps: BatchStep[], getItemDb: (tableName: string) => SubDatabase): Store {
    return {
      ...this.store,
      getItemDb,
      getIndexDb: (indexType, tableName, indexName) =>
        collectingIndex(indexOf(indexType, tableName, indexName), {
          real: this.store.getIndexDb(indexType, tableName, indexName),
          steps: indexSteps,
        }),
    };
  }
}

/** Index writes wait for their item's batch; reads go through. */
function collectingIndex(
  prefix: string,
  { real, steps }: { real: IndexDatabase; steps: BatchStep[] },
): IndexDatabase {
  return {
    ...real,
    put: (key, value, callback) => {
      steps.push({ type: 'put', key: prefix + key, value });
      callback(null);
    },
    del: (key, callback) => {
      steps.push({ type: 'del', key: prefix + key });
      callback(null);
    },
  };
}

function itemStep(tableName: string, key: string, item: Item | undefined): BatchStep {
  const stored = itemsOf(tableName) + key;
  return item === undefined
    ? { type: 'del', key: stored }
    : { type: 'put', key: stored, value: item };
}
