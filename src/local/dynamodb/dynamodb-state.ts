/** Owns the export service's ports over the local tables' LevelDB database. */
import type { ExportRecord } from '../exports/export-record.js';
import type { ChangeLog, ExportRegistry } from '../exports/ports.js';
import { ServiceError } from '../exports/service-error.js';
import { readChanges, saveSeal } from './change-store.js';
import { activeTable, type Database, type Store } from './dynalite-engine.js';
import { EXPORTS, rangeOf } from './key-ranges.js';
import { readSettings } from './table-settings.js';
import type { WriteStamps } from './write-stamps.js';

/** The change log of `store`, whose writes are stamped by `stamps`. */
export function storedChangeLog(store: Store, stamps: WriteStamps): ChangeLog {
  return {
    findTable: async (tableName) => {
      try {
        const table = await activeTable(store, tableName);
        const { pitr } = await readSettings(store.db, table.TableId);
        return {
          tableName,
          tableArn: table.TableArn,
          tableId: table.TableId,
          keyAttributes: table.KeySchema.map(({ AttributeName }) => AttributeName),
          pitr,
        };
      } catch (thrown) {
        if (thrown instanceof ServiceError) return undefined;
        throw thrown;
      }
    },
    readChanges: async (tableId, fromMicros, toMicros) => {
      // Sealed on disk before it is read: a restart with a clock set back must not add to it.
      if (stamps.seal(toMicros)) await saveSeal(store.db, toMicros);
      await stamps.settled(toMicros);
      return readChanges(store.db, tableId, fromMicros, toMicros);
    },
  };
}

/** Exports as JSON, stamps as text since JSON has no bigint. */
export function storedRegistry(db: Database): ExportRegistry {
  return {
    load: async () => {
      const records: ExportRecord[] = [];
      for await (const [, value] of db.iterator(rangeOf(EXPORTS))) {
        records.push(JSON.parse(value as string, reviveBigint) as ExportRecord);
      }
      return records.sort((left, right) => (left.startMicros < right.startMicros ? -1 : 1));
    },
    save: async (record) => {
      const id = record.exportArn.slice(record.exportArn.lastIndexOf('/') + 1);
      const value = JSON.stringify(record, (_, member: unknown) =>
        typeof member === 'bigint' ? `${member}n` : member,
      );
      await db.batch([{ type: 'put', key: EXPORTS + id, value }]);
    },
  };
}

/** Only members named for microseconds hold bigints; any other text may look like one. */
function reviveBigint(name: string, value: unknown): unknown {
  return name.endsWith('Micros') && typeof value === 'string' ? BigInt(value.slice(0, -1)) : value;
}
