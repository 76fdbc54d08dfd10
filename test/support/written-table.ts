/** Owns a table that is written to in real time, and what of each item a state of it may have. */
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteItemCommand, PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { millisOf, type Instant } from '../../src/core/instant.js';
import type { Item } from '../../src/export/attribute-value.js';

const KEYS = 12;

/** One write of an item: it was made between the two moments, in milliseconds since 1970. */
interface Version {
  /** Undefined where it deletes. */
  readonly v: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
}

export class WrittenTable {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #versions = new Map<string, Version[]>();

  constructor(client: DynamoDBClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  /** Writes one item after the other, over and over, every fourth time by a delete, until told to end. */
  async write(signal: AbortSignal): Promise<void> {
    for (let n = 0; !signal.aborted; n++) {
      const key = `key-${(n * 7) % KEYS}`;
      const v = n % 4 === 3 ? undefined : String(n);
      const fromMs = Date.now();
      await this.#put(key, v);
      const versions = this.#versions.get(key) ?? [];
      this.#versions.set(key, versions);
      versions.push({ v, fromMs, toMs: Date.now() + 1 });
      await delay(40);
    }
  }

  async #put(key: string, v: string | undefined): Promise<void> {
    const TableName = this.#tableName;
    const pk = { S: key };
    if (v === undefined) {
      await this.#client.send(new DeleteItemCommand({ TableName, Key: { pk } }));
    } else {
      await this.#client.send(new PutItemCommand({ TableName, Item: { pk, v: { N: v } } }));
    }
  }

  /** Of `items`, what is not as the table was at `instant`; a write about then may be in them or not. */
  wrongAt(instant: Instant, items: readonly Item[]): string[] {
    const ms = millisOf(instant);
    const found = new Map(items.map((item) => [textOf(item['pk']), textOf(item['v'])]));
    const strangers = [...found.keys()].filter((key) => !this.#versions.has(key));
    const wrong = [...this.#versions].filter(([key, versions]) => {
      const first = versions.findLastIndex(({ toMs }) => toMs < ms);
      const lawful = versions.slice(Math.max(first, 0)).filter(({ fromMs }) => fromMs <= ms);
      const states = lawful.map(({ v }) => v);
      return !(first < 0 ? [undefined, ...states] : states).includes(found.get(key));
    });
    return [...strangers, ...wrong.map(([key]) => `${key} is ${found.get(key) ?? 'not there'}`)];
  }
}

function textOf(value: Item[string] | undefined): string {
  if (value === undefined) return '';
  return 'S' in value ? value.S : 'N' in value ? value.N : JSON.stringify(value);
}
