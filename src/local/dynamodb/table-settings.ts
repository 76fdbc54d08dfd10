/** Owns what is set on a table beyond dynalite's knowledge: its recovery and its time to live. */
import type { PitrSettings } from '../exports/ports.js';
import type { Database } from './dynalite-engine.js';
import { SETTINGS } from './key-ranges.js';

/** The settings of one table incarnation. */
export interface TableSettings {
  readonly pitr?: PitrSettings;
  /** The attribute that holds the time of expiry. */
  readonly ttlAttribute?: string;
}

interface StoredSettings {
  readonly pitr?: { readonly enabledAtMicros: string; readonly recoveryPeriodDays: number };
  readonly ttlAttribute?: string;
}

export async function readSettings(db: Database, tableId: string): Promise<TableSettings> {
  const stored = (await db.get(SETTINGS + tableId)) as StoredSettings | undefined;
  const { pitr, ...others } = stored ?? {};
  if (pitr === undefined) return others;
  return { ...others, pitr: { ...pitr, enabledAtMicros: BigInt(pitr.enabledAtMicros) } };
}

export async function writeSettings(
  db: Database,
  tableId: string,
  settings: TableSettings,
): Promise<void> {
  const { pitr } = settings;
  const value =
    pitr === undefined
      ? settings
      : { ...settings, pitr: { ...pitr, enabledAtMicros: pitr.enabledAtMicros.toString() } };
  await db.batch([{ type: 'put', key: SETTINGS + tableId, value }]);
}

export async function dropSettings(db: Database, tableId: string): Promise<void> {
  await db.batch([{ type: 'del', key: SETTINGS + tableId }]);
}
