/** Owns the tests of the demo shop's stream: reproducible, applicable write by write, bounded, and of every type. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addSeconds, instantOfSeconds, type Instant } from '../../../src/core/instant.js';
import { ATTRIBUTE_TYPES } from '../../../src/export/attribute-value.js';
import { orderNumberOf, type DemoItem } from '../../../src/local/demo-data/demo-order.js';
import {
  demoWrites,
  type DemoStart,
  type DemoWrite,
} from '../../../src/local/demo-data/demo-writes.js';

/** A time that moves on by a second a write. */
function ticking(): () => Instant {
  let now = instantOfSeconds(1_800_000_000);
  return () => (now = addSeconds(now, 1));
}
function take(count: number, start: Omit<DemoStart, 'at'>): DemoWrite[] {
  const writes = demoWrites({ ...start, at: ticking() });
  return Array.from({ length: count }, () => writes.next().value);
}
const textKey = ({ key }: DemoWrite): string => `${key.customer_id}/${key.order_id}`;

/** What `writes` make of an empty table; fails on a write that does not apply. */
function applied(writes: readonly DemoWrite[]): { table: Map<string, DemoItem>; widest: number } {
  const table = new Map<string, DemoItem>();
  let widest = 0;
  for (const write of writes) {
    const key = textKey(write);
    const before = table.get(key);
    expect(before === undefined).toBe(write.kind === 'insert');
    if (write.kind === 'delete') table.delete(key);
    else if (write.kind === 'insert') table.set(key, write.item);
    else {
      const kept = Object.entries({ ...before, ...write.set }).filter(
        ([name]) => !write.remove.includes(name),
      );
      table.set(key, Object.fromEntries(kept));
    }
    widest = Math.max(widest, table.size);
  }
  return { table, widest };
}
function typesIn(value: AttributeValue, into: Set<string>): void {
  for (const type of Object.keys(value)) into.add(type);
  for (const inner of Object.values(value.M ?? {})) typesIn(inner, into);
  for (const inner of value.L ?? []) typesIn(inner, into);
}
function numbersIn(value: AttributeValue): string[] {
  const inner = [...Object.values(value.M ?? {}), ...(value.L ?? [])].flatMap(numbersIn);
  return [...inner, ...(value.N === undefined ? [] : [value.N]), ...(value.NS ?? [])];
}
const valuesOf = (write: DemoWrite): [string, AttributeValue][] =>
  write.kind === 'insert'
    ? Object.entries(write.item)
    : write.kind === 'update'
      ? Object.entries(write.set)
      : [];

describe('demoWrites', () => {
  test('the same seed gives the same writes, another seed others', () => {
    expect(take(300, { seed: 7 })).toEqual(take(300, { seed: 7 }));
    expect(take(300, { seed: 7 })).not.toEqual(take(300, { seed: 8 }));
  });

  test('every write applies to what came before, and the table stays within its bound', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 60 }), (seed, maxItems) => {
        const { widest } = applied(take(600, { seed, maxItems }));
        expect(widest).toBeLessThanOrEqual(maxItems);
        // With room for one, the last write may well have been its delete.
        expect(widest).toBeGreaterThan(0);
      }),
      { numRuns: 40 },
    );
  });

  test('goes on from orders that are there: new numbers, old orders changed and deleted', () => {
    const before = take(400, { seed: 1 });
    const { table } = applied(before);
    const live = [...table.values()].map((item) => ({
      key: { customer_id: item['customer_id']!.S!, order_id: item['order_id']!.S! },
      status: 'paid' as const,
    }));
    const nextOrder = Math.max(...live.map(({ key }) => orderNumberOf(key.order_id)!)) + 1;
    const after = take(400, { seed: 2, live, nextOrder });
    applied([...before, ...after]);
    const known = new Set(live.map(({ key }) => `${key.customer_id}/${key.order_id}`));
    const kindsOfKnown = after.filter((write) => known.has(textKey(write))).map(({ kind }) => kind);
    expect(new Set(kindsOfKnown)).toEqual(new Set(['update', 'delete']));
  });

  test('a table over its bound shrinks', () => {
    const { table } = applied(take(600, { seed: 3 }));
    const live = [...table.values()].map((item) => ({
      key: { customer_id: item['customer_id']!.S!, order_id: item['order_id']!.S! },
      status: 'placed' as const,
    }));
    const maxItems = Math.floor(live.length / 2);
    const writes = take(600, { seed: 4, live, nextOrder: 100_000, maxItems });
    const removed = writes.filter(({ kind }) => kind === 'delete').length;
    const added = writes.filter(({ kind }) => kind === 'insert').length;
    expect(live.length - removed + added).toBeLessThanOrEqual(maxItems);
  });
});

describe('what is written', () => {
  const writes = take(3000, { seed: 42 });

  test('has every kind of write, and updates that remove attributes', () => {
    expect(new Set(writes.map(({ kind }) => kind))).toEqual(
      new Set(['insert', 'update', 'delete']),
    );
    const removed = writes.flatMap((write) => (write.kind === 'update' ? write.remove : []));
    expect(removed).toEqual(expect.arrayContaining(['note', 'coupon', 'shipping']));
    const set = writes.flatMap((write) => (write.kind === 'update' ? Object.keys(write.set) : []));
    expect(set).toEqual(expect.arrayContaining(['status', 'user-name', 'shipping']));
  });

  test('has all ten attribute types, and attributes of two types', () => {
    const types = new Set<string>();
    const byName = new Map<string, Set<string>>();
    for (const [name, value] of writes.flatMap(valuesOf)) {
      typesIn(value, types);
      byName.set(name, (byName.get(name) ?? new Set()).add(Object.keys(value)[0]!));
    }
    expect(types).toEqual(new Set(ATTRIBUTE_TYPES));
    expect(byName.get('delivery_slot')).toEqual(new Set(['N', 'S']));
    expect(byName.get('coupon')).toEqual(new Set(['S', 'NULL']));
    expect(byName.has('user-name')).toBe(true);
  });

  test('has numbers of 38 digits, negative ones and decimals, each as DynamoDB writes it', () => {
    const numbers = writes.flatMap(valuesOf).flatMap(([, value]) => numbersIn(value));
    expect(numbers.some((text) => /^\d{38}$/.test(text))).toBe(true);
    expect(numbers.some((text) => text.startsWith('-'))).toBe(true);
    expect(numbers.some((text) => text.includes('.'))).toBe(true);
    for (const text of numbers) expect(text).toMatch(/^-?(0|[1-9]\d{0,37})(\.\d*[1-9])?$/);
  });

  test('has no empty set and none with a value twice, which DynamoDB refuses', () => {
    for (const [, { SS, NS, BS }] of writes.flatMap(valuesOf)) {
      const set = SS ?? NS ?? BS?.map((bytes) => bytes.join());
      if (set === undefined) continue;
      expect(set.length).toBeGreaterThan(0);
      expect(new Set(set).size).toBe(set.length);
    }
  });
});
