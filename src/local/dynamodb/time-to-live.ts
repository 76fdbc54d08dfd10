/** Owns the expiry of items: UpdateTimeToLive, DescribeTimeToLive and the sweep that deletes. */
import type { AttributeValue, Item } from '../../export/attribute-value.js';
import { constraintError, ServiceError, validationError } from '../exports/service-error.js';
import {
  activeTable,
  callOperation,
  type Json,
  type Store,
  type TableDescription,
} from './dynalite-engine.js';
import { itemsOf, rangeOf, TABLES } from './key-ranges.js';
import { readSettings, writeSettings } from './table-settings.js';
import type { WritePath } from './write-path.js';

/** Items that expired longer ago are left (developerguide/howitworks-ttl.html). */
const MAX_AGE_SECONDS = 5 * 365 * 24 * 60 * 60;

export async function updateTimeToLive(request: Json, store: Store): Promise<Json> {
  const specification = request['TimeToLiveSpecification'] as Json | undefined;
  const attribute = specification?.['AttributeName'];
  const enabled = specification?.['Enabled'];
  if (typeof attribute !== 'string' || attribute === '' || typeof enabled !== 'boolean') {
    throw constraintError(
      JSON.stringify(specification ?? null),
      'timeToLiveSpecification',
      'have an attributeName and enabled',
    );
  }
  const table = await activeTable(store, String(request['TableName']));
  const { ttlAttribute, ...others } = await readSettings(store.db, table.TableId);
  if (enabled === (ttlAttribute !== undefined)) {
    throw validationError(`TimeToLive is already ${enabled ? 'enabled' : 'disabled'}`);
  }
  if (!enabled && ttlAttribute !== attribute) {
    throw validationError(
      `TimeToLive is active on a different AttributeName: current AttributeName is ${String(ttlAttribute)}`,
    );
  }
  const settings = enabled ? { ...others, ttlAttribute: attribute } : others;
  await writeSettings(store.db, table.TableId, settings);
  return { TimeToLiveSpecification: { AttributeName: attribute, Enabled: enabled } };
}

export async function describeTimeToLive(request: Json, store: Store): Promise<Json> {
  const table = await activeTable(store, String(request['TableName']));
  const { ttlAttribute } = await readSettings(store.db, table.TableId);
  return {
    TimeToLiveDescription:
      ttlAttribute === undefined
        ? { TimeToLiveStatus: 'DISABLED' }
        : { TimeToLiveStatus: 'ENABLED', AttributeName: ttlAttribute },
  };
}

/** Deletes what has expired by `nowMicros`, as any other delete; resolves to how many items. */
export async function sweepExpired(path: WritePath, nowMicros: bigint): Promise<number> {
  const { db } = path.store;
  let deleted = 0;
  for await (const [, value] of db.iterator(rangeOf(TABLES))) {
    const table = value as TableDescription;
    if (table.TableStatus !== 'ACTIVE') continue;
    const { ttlAttribute } = await readSettings(db, table.TableId);
    if (ttlAttribute === undefined) continue;
    for await (const [, item] of db.iterator(rangeOf(itemsOf(table.TableName)))) {
      const expiry = (item as Item)[ttlAttribute];
      if (!isExpired(expiry, nowMicros)) continue;
      if (await deleteUnlessChanged(path, table, item as Item, ttlAttribute)) deleted += 1;
    }
  }
  return deleted;
}

function isExpired(expiry: AttributeValue | undefined, nowMicros: bigint): boolean {
  if (expiry === undefined || !('N' in expiry)) return false;
  const ageSeconds = Number(nowMicros / 1_000_000n) - Number(expiry.N);
  return ageSeconds > 0 && ageSeconds <= MAX_AGE_SECONDS;
}

/** The item may have been given more time since it was read. */
async function deleteUnlessChanged(
  path: WritePath,
  table: TableDescription,
  item: Item,
  attribute: string,
): Promise<boolean> {
  const names = table.KeySchema.map(({ AttributeName }) => AttributeName);
  const request: Json = {
    TableName: table.TableName,
    Key: Object.fromEntries(names.map((name) => [name, item[name]])),
    ConditionExpression: '#expiry = :seen',
    ExpressionAttributeNames: { '#expiry': attribute },
    ExpressionAttributeValues: { ':seen': item[attribute] },
  };
  try {
    await callOperation('DeleteItem', request, path.committingView());
    return true;
  } catch (thrown) {
    if (thrown instanceof ServiceError) return false;
    throw thrown;
  }
}
