/** Owns the tests of the change log's keys, its trimming and its recovery. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Change } from '../../../src/local/exports/ports.js';
import {
  changeStep,
  readChanges,
  recoverChanges,
  trimChanges,
} from '../../../src/local/dynamodb/change-store.js';
import { openStore, type Store } from '../../../src/local/dynamodb/dynalite-engine.js';

let directory: string;
let store: Store;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-changes-'));
  store = await openStore(directory, 0);
});
afterAll(async () => {
  await store.db.close();
  await rm(directory, { recursive: true, force: true });
});

const change = (micros: number, key: string, version: number | undefined): Change => ({
  micros: BigInt(micros),
  key,
  oldImage: undefined,
  newImage: version === undefined ? undefined : { v: { N: String(version) } },
});
const stampsOf = async (tableId: string, from = 0n, to = 1_000n): Promise<number[]> =>
  (await readChanges(store.db, tableId, from, to)).map(({ micros }) => Number(micros));

test('a read takes its first stamp, not its last, in order of time', async () => {
  const changes = [9, 10, 99, 100].map((micros) => change(micros, 'k', 1));
  await store.db.batch(changes.map((one) => changeStep('read', one)));
  expect(await stampsOf('read', 10n, 100n)).toEqual([10, 99]);
});

test('trimming keeps the last put of each key, and forgets deletes', async () => {
  const changes = [
    change(1, 'a', 1),
    change(2, 'b', 1),
    change(3, 'a', 2),
    change(4, 'b', undefined),
    change(5, 'c', 1),
    change(6, 'c', 2),
    change(9, 'b', 2),
  ];
  await store.db.batch(changes.map((one) => changeStep('trim', one)));
  expect(await trimChanges(store.db, 'trim', 6n)).toBe(3);
  expect(await stampsOf('trim')).toEqual([3, 5, 6, 9]);
});

test('recovery finds the highest stamp of all, and forgets the logs of tables that are gone', async () => {
  await store.db.batch([changeStep('lost', change(777, 'k', 1))]);
  expect(await recoverChanges(store.db, new Set(['read', 'trim']))).toBe(777n);
  expect(await stampsOf('lost')).toEqual([]);
  expect(await stampsOf('trim')).toHaveLength(4);
});
