/** Owns a table that is written at chosen microseconds and modelled in plain memory beside it. */
import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { microsOf, type Instant } from '../../src/core/instant.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { Catalog } from '../../src/iceberg/catalog.js';
import { itemsOf } from './lake-loads.js';
import type { TestDynamoDb } from './local-aws.js';

interface Write {
  readonly micros: bigint;
  readonly key: string;
  /** Undefined: deleted. */
  readonly item: Item | undefined;
}

/** Random numbers that a seed brings back: a linear congruential generator of 48 bits. */
export function randomOf(seed: number): (below: number) => number {
  let state = BigInt(seed) ^ 0x5deece66dn;
  return (below) => {
    state = (state * 0x5deece66dn + 0xbn) & ((1n << 48n) - 1n);
    return Number((state >> 16n) % BigInt(below));
  };
}

const KEYS = 24;

/** The table and its model. Keys are few, so that windows meet the same ones again. */
export class ModelledTable {
  readonly #dynamo: TestDynamoDb;
  readonly #tableName: string;
  readonly #random: (below: number) => number;
  readonly #writes: Write[] = [];
  readonly #now = new Map<string, Item>();

  constructor(dynamo: TestDynamoDb, tableName: string, seed: number) {
    this.#dynamo = dynamo;
    this.#tableName = tableName;
    this.#random = randomOf(seed);
  }

  get writes(): number {
    return this.#writes.length;
  }

  /** Forgets everything: the table was deleted and made anew. */
  reset(): void {
    this.#writes.length = 0;
    this.#now.clear();
  }

  /** The table got `item` at the present, by other hands. */
  restore(item: Item): void {
    const { pk } = item;
    const key = pk !== undefined && 'S' in pk ? pk.S : '';
    this.#record({ micros: this.#dynamo.clock.nowMicros(), key, item });
  }

  /** One random put, update, attribute removal or delete, stamped exactly `micros`. */
  async writeAt(micros: bigint): Promise<void> {
    this.#dynamo.clock.set(micros);
    const key = `key-${this.#random(KEYS)}`;
    const before = this.#now.get(key);
    const kind = this.#random(10);
    if (before === undefined || kind < 4) await this.#put(micros, key);
    else if (kind < 7) await this.#update(micros, key, before);
    else await this.#delete(micros, key);
  }

  /** The items as of `instant`, exclusive. */
  stateAt(instant: Instant): Item[] {
    const end = microsOf(instant);
    const items = new Map<string, Item>();
    for (const { micros, key, item } of this.#writes) {
      if (micros >= end) continue;
      if (item === undefined) items.delete(key);
      else items.set(key, item);
    }
    return sorted([...items.values()]);
  }

  async #put(micros: bigint, key: string): Promise<void> {
    const item: Item = { pk: { S: key }, ...this.#attributes() };
    await this.#dynamo.client.send(
      new PutItemCommand({ TableName: this.#tableName, Item: item as never }),
    );
    this.#record({ micros, key, item });
  }

  async #update(micros: bigint, key: string, before: Item): Promise<void> {
    const value = this.#attributes()['mixed'] ?? { N: '7' };
    await this.#dynamo.client.send(
      new UpdateItemCommand({
        TableName: this.#tableName,
        Key: { pk: { S: key } },
        UpdateExpression: 'SET #m = :m REMOVE #r',
        ExpressionAttributeNames: { '#m': 'mixed', '#r': 'user-name' },
        ExpressionAttributeValues: { ':m': value as never },
      }),
    );
    const { 'user-name': _removed, ...rest } = before;
    this.#record({ micros, key, item: { ...rest, mixed: value } });
  }

  async #delete(micros: bigint, key: string): Promise<void> {
    await this.#dynamo.client.send(
      new DeleteItemCommand({ TableName: this.#tableName, Key: { pk: { S: key } } }),
    );
    this.#record({ micros, key, item: undefined });
  }

  #record(write: Write): void {
    this.#writes.push(write);
    if (write.item === undefined) this.#now.delete(write.key);
    else this.#now.set(write.key, write.item);
  }

  #attributes(): Item {
    const number = String(this.#random(1_000_000) - 500_000);
    const mixed = this.#random(3);
    return {
      'user-name': { S: `name ${number}` },
      amount: { N: this.#random(2) === 0 ? number : `${number}.25` },
      mixed: mixed === 0 ? { S: number } : mixed === 1 ? { N: number } : { BOOL: true },
      ...(this.#random(4) === 0 ? { big: { N: '12345678901234567890123456789012345678' } } : {}),
      ...(this.#random(4) === 0 ? { gone: { NULL: true } as const } : {}),
      nested: { M: { list: { L: [{ N: number }, { S: 'x' }] }, flag: { BOOL: false } } },
      tags: { SS: ['a', `t${this.#random(3)}`] },
    };
  }
}

/** In the order of their keys, sets sorted: two equal states have equal text. */
export function sorted(items: readonly Item[]): Item[] {
  return items.map(canonical).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function keyOf(item: Item): string {
  return JSON.stringify(item['pk']);
}

function canonical(item: Item): Item {
  const entries = Object.entries(item).map(([name, value]): [string, Item[string]] => {
    if ('SS' in value) return [name, { SS: [...value.SS].sort() }];
    if ('M' in value) return [name, { M: canonical(value.M) }];
    return [name, value];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The items the lake shows of a table, now or as of `at`, in the model's form. */
export async function lakeItems(
  store: ObjectStore,
  tableName: string,
  options: { readonly catalog?: Catalog; readonly at?: Instant } = {},
): Promise<Item[]> {
  return sorted(await itemsOf({ store, lakePrefix: 'lake', ...options }, tableName));
}
