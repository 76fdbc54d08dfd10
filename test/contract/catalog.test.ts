/** Owns the contract that every catalog keeps. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type {
  Catalog,
  CatalogOutcome,
  LoadedTable,
  TableCommit,
} from '../../src/iceberg/catalog.js';
import { parseTableMetadata } from '../../src/iceberg/metadata-json.js';
import type { TableRequirement } from '../../src/iceberg/table-update.js';
import { CATALOG_KINDS, type CatalogUnderTest } from '../support/catalog-kinds.js';
import { SCHEMA, appendCommit, nextSnapshot, tableMetadata } from '../support/catalog-tables.js';

const RACERS = 6;
const ROUNDS = 5;

describe.each(CATALOG_KINDS)('catalog: $name', ({ start }) => {
  let underTest: CatalogUnderTest;
  let catalog: Catalog;
  beforeAll(async () => {
    underTest = await start();
    catalog = underTest.catalog;
  }, 600_000);
  afterAll(async () => {
    await underTest.stop();
  });

  const keeps = (what: string, body: () => Promise<void>): void => {
    test(what, body, 60_000);
  };
  const committed = (outcome: CatalogOutcome): LoadedTable => {
    if (outcome.outcome === 'committed') return outcome.table;
    throw new Error(`not committed: ${outcome.reason}`);
  };
  const loaded = async (name: string, from = catalog): Promise<LoadedTable> =>
    (await from.loadTable(name))!;
  const create = async (name: string, formatVersion: 2 | 3 = 2): Promise<LoadedTable> => {
    const metadata = tableMetadata(catalog.locationOf(name), formatVersion);
    return committed(await catalog.createTable(name, metadata));
  };

  keeps('has no table at first', async () => {
    expect(await catalog.tableNames()).toEqual([]);
    expect(await catalog.loadTable('none')).toBeUndefined();
  });

  for (const version of [2, 3] as const) {
    keeps(`makes a table of version ${version} exactly as its metadata says`, async () => {
      const name = `made-${version}`;
      const metadata = tableMetadata(catalog.locationOf(name), version);
      const made = committed(await catalog.createTable(name, metadata));
      const table = await loaded(name, underTest.other);
      expect(table.metadata).toEqual(made.metadata);
      expect(table.metadataLocation).toBe(made.metadataLocation);
      const text = Buffer.from(await underTest.files.read(table.metadataLocation)).toString();
      expect(parseTableMetadata(text, table.metadataLocation)).toEqual(table.metadata);
      expect(table.metadata).toMatchObject({
        'format-version': version,
        'table-uuid': metadata['table-uuid'],
        location: metadata.location,
        properties: metadata.properties,
        'last-column-id': metadata['last-column-id'],
        schemas: [SCHEMA],
        'partition-specs': [{ fields: [] }],
        refs: {},
        snapshots: [],
      });
      const { 'sort-orders': orders, 'default-sort-order-id': orderId } = table.metadata;
      expect(orders.find((order) => order['order-id'] === orderId)?.fields).toEqual(
        metadata['sort-orders'][1]?.fields,
      );
    });
  }

  keeps('parts the rows of a table from its making on, and by other terms later', async () => {
    const field = { 'source-id': 7, 'field-id': 1000, name: 'by_1', transform: 'bucket[4]' };
    const other = { 'source-id': 7, 'field-id': 1001, name: 'by_2', transform: 'bucket[8]' };
    const place = tableMetadata(catalog.locationOf('parted'));
    const metadata = {
      ...place,
      'partition-specs': [{ 'spec-id': 0, fields: [field] }],
      'last-partition-id': 1000,
    };
    const made = committed(await catalog.createTable('parted', metadata));
    expect(made.metadata['partition-specs']).toMatchObject([{ 'spec-id': 0, fields: [field] }]);
    const change = (fields: readonly (typeof field)[], last: number): TableCommit => ({
      requirements: [
        {
          type: 'assert-last-assigned-partition-id',
          'last-assigned-partition-id': last,
        },
        { type: 'assert-default-spec-id', 'default-spec-id': 0 },
      ],
      updates: [
        { action: 'add-spec', spec: { 'spec-id': 1, fields } },
        { action: 'set-default-spec', 'spec-id': -1 },
      ],
    });
    committed(await catalog.commit('parted', change([field, other], 1000)));
    const { metadata: parted } = await loaded('parted', underTest.other);
    expect(parted).toMatchObject({
      'partition-specs': [
        { 'spec-id': 0, fields: [field] },
        { 'spec-id': 1, fields: [field, other] },
      ],
      'default-spec-id': 1,
      'last-partition-id': 1001,
    });
    const late = await underTest.other.commit('parted', change([], 1000));
    expect(late).toMatchObject({ outcome: 'conflict' });
  });

  keeps('makes a table once', async () => {
    const first = await create('once');
    const second = tableMetadata(catalog.locationOf('once'));
    expect(await underTest.other.createTable('once', second)).toMatchObject({
      outcome: 'conflict',
    });
    expect(await loaded('once')).toEqual(first);
  });

  keeps('lets exactly one of many that make a table win', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: RACERS }, (_, n) => {
        const racer = n % 2 === 0 ? catalog : underTest.other;
        return racer.createTable('raced', tableMetadata(racer.locationOf('raced')));
      }),
    );
    const winners = outcomes.filter(({ outcome }) => outcome === 'committed');
    expect(winners).toHaveLength(1);
    const { metadata } = await loaded('raced');
    expect(metadata['table-uuid']).toBe(committed(winners[0]!).metadata['table-uuid']);
  });

  keeps('commits snapshot and properties at once, ids of 63 bits unharmed', async () => {
    const { metadata } = await create('appended');
    const first = { ...nextSnapshot(metadata), 'snapshot-id': 9223372036854775807n };
    const once = committed(
      await catalog.commit('appended', appendCommit(metadata, { watermark: 'T1' }, first)),
    );
    const second = nextSnapshot(once.metadata);
    const commit = appendCommit(once.metadata, { watermark: 'T2', owner: 'me' }, second);
    const twice = committed(await catalog.commit('appended', commit));
    expect(twice.metadataLocation).not.toBe(once.metadataLocation);
    const table = await loaded('appended', underTest.other);
    expect(table).toEqual(twice);
    expect(table.metadata).toMatchObject({
      'current-snapshot-id': second['snapshot-id'],
      'last-sequence-number': 2,
      refs: { main: { type: 'branch', 'snapshot-id': second['snapshot-id'] } },
      properties: { watermark: 'T2', owner: 'me', 'tidemark.rounds': '0' },
    });
    expect(table.metadata.snapshots).toEqual([first, second]);
    expect(table.metadata['metadata-log'].map((entry) => entry['metadata-file'])).toContain(
      once.metadataLocation,
    );
  });

  keeps('assigns the rows of version 3 their ids', async () => {
    const { metadata } = await create('numbered', 3);
    const once = committed(await catalog.commit('numbered', appendCommit(metadata, {})));
    expect(once.metadata['next-row-id']).toBe(10);
    const twice = committed(await catalog.commit('numbered', appendCommit(once.metadata, {})));
    expect(twice.metadata.snapshots.map((s) => s['first-row-id'])).toEqual([0, 10]);
  });

  keeps('lets exactly one of many committers win each round, and loses no update', async () => {
    await create('contended');
    const wins = Array.from({ length: RACERS }, () => 0);
    for (let round = 1; round <= ROUNDS; round += 1) {
      const { metadata } = await loaded('contended');
      const outcomes = await Promise.all(
        wins.map((_, n) =>
          (n % 2 === 0 ? catalog : underTest.other).commit(
            'contended',
            appendCommit(metadata, { 'tidemark.rounds': String(round), winner: String(n) }),
          ),
        ),
      );
      const winners = outcomes.flatMap(({ outcome }, n) => (outcome === 'committed' ? [n] : []));
      expect(winners).toHaveLength(1);
      wins[winners[0]!]! += 1;
      const { properties } = (await loaded('contended')).metadata;
      expect(properties).toMatchObject({
        'tidemark.rounds': String(round),
        winner: String(winners[0]),
      });
    }
    const { snapshots } = (await loaded('contended')).metadata;
    expect(snapshots.map((s) => s['sequence-number'])).toEqual([1, 2, 3, 4, 5]);
  });

  keeps('loses none of the updates that many make, each on what it has loaded', async () => {
    await create('counted');
    await Promise.all(
      Array.from({ length: 3 }, async (_, n) => {
        const committer = n % 2 === 0 ? catalog : underTest.other;
        for (let done = 0; done < 4;) {
          const { metadata } = await loaded('counted', committer);
          const count = Number(metadata.properties['tidemark.rounds']) + 1;
          const commit = appendCommit(metadata, { 'tidemark.rounds': String(count) });
          if ((await committer.commit('counted', commit)).outcome === 'committed') done += 1;
        }
      }),
    );
    const { metadata } = await loaded('counted');
    expect(metadata.properties['tidemark.rounds']).toBe('12');
    expect(metadata.snapshots).toHaveLength(12);
  });

  keeps('changes nothing when a requirement does not hold', async () => {
    const { metadata } = await create('guarded');
    const before = committed(await catalog.commit('guarded', appendCommit(metadata, {})));
    const broken: readonly TableRequirement[] = [
      { type: 'assert-table-uuid', uuid: '00000000-0000-0000-0000-000000000000' },
      { type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': 1n },
      { type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': null },
      { type: 'assert-ref-snapshot-id', ref: 'other', 'snapshot-id': 1n },
      { type: 'assert-current-schema-id', 'current-schema-id': 5 },
      { type: 'assert-last-assigned-field-id', 'last-assigned-field-id': 5 },
      { type: 'assert-create' },
    ];
    for (const requirement of broken) {
      const { updates } = appendCommit(before.metadata, { broken: 'yes' });
      const outcome = await catalog.commit('guarded', { requirements: [requirement], updates });
      expect(outcome).toMatchObject({ outcome: 'conflict', reason: expect.any(String) });
    }
    expect(await loaded('guarded', underTest.other)).toEqual(before);
  });

  keeps('refuses a commit to a table that is not there', async () => {
    const commit = appendCommit(tableMetadata(catalog.locationOf('absent')), {});
    expect(await catalog.commit('absent', commit)).toMatchObject({ outcome: 'conflict' });
    expect(await catalog.loadTable('absent')).toBeUndefined();
  });

  keeps('evolves the schema, and forgets what it is told to', async () => {
    const { metadata } = await create('evolved');
    const once = committed(await catalog.commit('evolved', appendCommit(metadata, { gone: '1' })));
    const twice = committed(await catalog.commit('evolved', appendCommit(once.metadata, {})));
    const [first, second] = twice.metadata.snapshots;
    const schema = {
      ...SCHEMA,
      'schema-id': 1,
      fields: [...SCHEMA.fields, { id: 13, name: 'new', required: false, type: 'long' }],
    };
    await catalog.commit('evolved', {
      requirements: [{ type: 'assert-current-schema-id', 'current-schema-id': 0 }],
      updates: [
        { action: 'add-schema', schema, 'last-column-id': 13 },
        { action: 'set-current-schema', 'schema-id': -1 },
        { action: 'remove-snapshots', 'snapshot-ids': [first!['snapshot-id']] },
        { action: 'remove-properties', removals: ['gone'] },
        {
          action: 'set-snapshot-ref',
          'ref-name': 'kept',
          type: 'tag',
          'snapshot-id': second!['snapshot-id'],
        },
      ],
    });
    const table = await loaded('evolved', underTest.other);
    expect(table.metadata).toMatchObject({
      'current-schema-id': 1,
      'last-column-id': 13,
      schemas: [SCHEMA, schema],
      snapshots: [second],
      refs: { kept: { type: 'tag', 'snapshot-id': second!['snapshot-id'] } },
    });
    expect(table.metadata.properties).not.toHaveProperty('gone');
  });

  keeps('never shows a reader half of anything, nor an older state after a newer', async () => {
    await create('watched');
    let writing = true;
    const reader = async (from: Catalog): Promise<number> => {
      let reads = 0;
      let last = 0;
      for (; writing; reads += 1) {
        const { metadata } = await loaded('watched', from);
        expect(metadata['last-sequence-number']).toBeGreaterThanOrEqual(last);
        last = metadata['last-sequence-number'];
        expect(metadata.snapshots).toHaveLength(last);
        expect(metadata.properties['tidemark.rounds']).toBe(String(last));
      }
      return reads;
    };
    const readers = [catalog, underTest.other].map(reader);
    for (let round = 1; round <= 10; round += 1) {
      const { metadata } = await loaded('watched');
      const commit = appendCommit(metadata, { 'tidemark.rounds': String(round) });
      committed(await catalog.commit('watched', commit));
    }
    writing = false;
    for (const reads of await Promise.all(readers)) expect(reads).toBeGreaterThan(0);
  });

  keeps('names its tables in byte order, whatever a DynamoDB table may be called', async () => {
    const names = ['a', 'a-b', 'a.b', 'a_b', 'A.long-name_1', 'aa', 'Orders', 'v1.metadata.json'];
    for (const name of names) await create(name);
    const others = new Set(await catalog.tableNames());
    for (const name of names) {
      expect(others.has(name)).toBe(true);
      expect((await loaded(name, underTest.other)).metadata.location).toBe(
        catalog.locationOf(name),
      );
    }
    expect(await underTest.other.tableNames()).toEqual([...others].sort());
  });
});
