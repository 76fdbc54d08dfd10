/** Owns the door to dynalite's engine: its store, its validations and its operations, typed. */
import { createRequire } from 'node:module';
import type { AttributeValue, Item } from '../../export/attribute-value.js';
import { ServiceError } from '../exports/service-error.js';

export type Json = Record<string, unknown>;
/** Node's callback style, which dynalite speaks throughout. */
export type Callback<T = void> = (error: unknown, value?: T) => void;

/** One step of a LevelDB batch; keys carry their sublevel's prefix. */
export type BatchStep =
  | { readonly type: 'put'; readonly key: string; readonly value: unknown }
  | { readonly type: 'del'; readonly key: string };

/** Keys from `gte` (inclusive) to `lt` (exclusive). */
export interface KeyRange {
  readonly gte: string;
  readonly lt: string;
}

/** What is used of the LevelDB database below dynalite. */
export interface Database {
  open(): Promise<void>;
  close(): Promise<void>;
  get(key: string): Promise<unknown>;
  batch(steps: readonly BatchStep[]): Promise<void>;
  clear(range: KeyRange): Promise<void>;
  iterator(
    range: KeyRange & { readonly limit?: number; readonly reverse?: boolean },
  ): AsyncIterable<[string, unknown]>;
}

/** The keys of one kind below one prefix; `lock` serialises work on a key. */
export interface SubDatabase {
  get(key: string, callback: Callback<unknown>): void;
  put(key: string, value: unknown, callback: Callback): void;
  del(key: string, callback: Callback): void;
  lock(keys: string | readonly string[], work: (release: Release) => void): void;
}
type Release = (done: (...args: unknown[]) => void) => (...args: unknown[]) => void;

/** The items of a secondary index, written by dynalite's actions. */
export type IndexDatabase = Pick<SubDatabase, 'put' | 'del'>;

interface TableDatabase extends SubDatabase {
  /** The Region and account that a created table's ARN names. */
  awsRegion: string;
  awsAccountId: string;
}

/** dynalite's store; every operation takes one, so a view of it changes what an operation does. */
export interface Store {
  readonly db: Database;
  readonly tableDb: TableDatabase;
  readonly options: { readonly maxItemSize: number };
  getItemDb(tableName: string): SubDatabase;
  getIndexDb(indexType: string, tableName: string, indexName: string): IndexDatabase;
  deleteItemDb(tableName: string, callback: Callback): void;
  deleteIndexDb(indexType: string, tableName: string, indexName: string, callback: Callback): void;
  getTable(name: string, checkStatus: boolean, callback: Callback<TableDescription>): void;
}

/** A table as DescribeTable shows it. */
export interface TableDescription {
  readonly TableName: string;
  TableArn: string;
  TableId: string;
  TableStatus: 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING';
  CreationDateTime: number;
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: string }[];
  readonly GlobalSecondaryIndexes?: { IndexStatus: string }[];
}

interface ActionModule {
  (store: Store, request: Json, callback: Callback<Json>): void;
}
interface ValidationModule {
  readonly types: Json;
  readonly custom?: (request: Json, store: Store) => string | undefined;
}
interface DatabaseModule {
  create(options: Json): Store;
  createKey(item: Item, table: TableDescription): string;
  validateKey(key: Item, table: TableDescription): Error | null | undefined;
  validateItem(item: Item, table: TableDescription): Error | null | undefined;
  checkConditional(request: Json, item: Item | undefined): Error | null | undefined;
}
interface ValidationsModule {
  checkTypes(request: Json, types: Json): Json;
  checkValidations(
    request: Json,
    types: Json,
    custom: ValidationModule['custom'],
    store: Store,
  ): void;
}

const require = createRequire(import.meta.url);
const database = require('dynalite/db') as DatabaseModule;
const validations = require('dynalite/validations') as ValidationsModule;

/** Operations that dynalite carries out by itself, by their API names. */
export const ENGINE_OPERATIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
] as const;
export type EngineOperation = (typeof ENGINE_OPERATIONS)[number];

const modules = new Map(
  ENGINE_OPERATIONS.map((operation) => {
    const file = operation.charAt(0).toLowerCase() + operation.slice(1);
    return [
      operation,
      {
        action: require(`dynalite/actions/${file}`) as ActionModule,
        validation: require(`dynalite/validations/${file}`) as ValidationModule,
      },
    ] as const;
  }),
);

/** Opens the store kept in `path`; one process at a time may. */
export async function openStore(path: string, tableTransitionMs: number): Promise<Store> {
  const store = database.create({
    path,
    createTableMs: tableTransitionMs,
    updateTableMs: tableTransitionMs,
    deleteTableMs: tableTransitionMs,
  });
  await store.db.open();
  return store;
}

/** Validates `request` as AWS does; the result is what {@link runOperation} takes. */
export function validateOperation(operation: EngineOperation, request: Json, store: Store): Json {
  const { validation } = modulesOf(operation);
  try {
    const checked = validations.checkTypes(request, validation.types);
    validations.checkValidations(checked, validation.types, validation.custom, store);
    return checked;
  } catch (thrown) {
    throw serviceErrorOf(thrown);
  }
}

/** Runs a validated request on `store`, or on a view of it. */
export function runOperation(
  operation: EngineOperation,
  request: Json,
  store: Store,
): Promise<Json> {
  const { action } = modulesOf(operation);
  return promised<Json>((callback) => {
    action(store, request, callback);
  });
}

/** Validation and run in one. */
export async function callOperation(
  operation: EngineOperation,
  request: Json,
  store: Store,
): Promise<Json> {
  return runOperation(operation, validateOperation(operation, request, store), store);
}

/** The text that names an item in its table's sublevel. */
export function itemKey(item: Item, table: TableDescription): string {
  return database.createKey(item, table);
}

/** Throws a ValidationException unless `key` is exactly the table's key. */
export function checkKey(key: Item, table: TableDescription): void {
  const invalid = database.validateKey(key, table);
  if (invalid) throw serviceErrorOf(invalid);
}

/** Throws a ValidationException unless `item` has the table's key and its indexes' types. */
export function checkItem(item: Item, table: TableDescription): void {
  const invalid = database.validateItem(item, table);
  if (invalid) throw serviceErrorOf(invalid);
}

/** Throws ConditionalCheckFailedException unless the request's condition holds on `item`. */
export function checkCondition(request: Json, item: Item | undefined): void {
  const failed = database.checkConditional(request, item);
  if (failed) throw serviceErrorOf(failed);
}

/** A table that can be read and written; ResourceNotFoundException while it is not ACTIVE. */
export function activeTable(store: Store, name: string): Promise<TableDescription> {
  return promised<TableDescription>((callback) => {
    store.getTable(name, true, callback);
  });
}

/** A table in whatever status it is. */
export function anyTable(store: Store, name: string): Promise<TableDescription> {
  return promised<TableDescription>((callback) => {
    store.getTable(name, false, callback);
  });
}

/** Undefined when the item is not there. */
export async function getItem(items: SubDatabase, key: string): Promise<Item | undefined> {
  const value = await promised<unknown>((callback) => {
    items.get(key, callback);
  });
  return value as Record<string, AttributeValue> | undefined;
}

/** What dynalite throws for AWS's errors, as ours; anything else as it is. */
function serviceErrorOf(thrown: unknown): Error {
  const body = (thrown as { body?: Json } | undefined)?.body;
  if (body === undefined) return thrown instanceof Error ? thrown : new Error(String(thrown));
  const type = String(body['__type']).replace(/^.*#/, '');
  const message = body['message'] ?? body['Message'];
  return new ServiceError(type, typeof message === 'string' ? message : '');
}

function promised<T>(start: (callback: Callback<T>) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    start((error, value) => {
      if (error) reject(serviceErrorOf(error));
      else resolve(value as T);
    });
  });
}

function modulesOf(operation: EngineOperation): {
  readonly action: ActionModule;
  readonly validation: ValidationModule;
} {
  const found = modules.get(operation);
  if (found === undefined) throw new TypeError(`dynalite has no operation ${operation}`);
  return found;
}
