/** Owns tests of what updates make of a table's metadata. */
import { describe, expect, test } from '@jest/globals';
import { applyUpdates } from '../../../src/iceberg/apply-updates.js';
import type { IcebergSchema } from '../../../src/iceberg/iceberg-schema.js';
import type { TableMetadata } from '../../../src/iceberg/table-metadata.js';
import type { TableUpdate } from '../../../src/iceberg/table-update.js';
import {
  CREATED_MS,
  SCHEMA,
  apply,
  commitOf,
  sampleMetadata,
  sampleSnapshot,
} from './sample-metadata.js';

const WIDER: IcebergSchema = {
  ...SCHEMA,
  'schema-id': 7,
  fields: [...SCHEMA.fields, { id: 3, name: 'note', required: false, type: 'string' }],
};
const ADD_WIDER: TableUpdate = { action: 'add-schema', schema: WIDER, 'last-column-id': 3 };
const SET_LAST: TableUpdate = { action: 'set-current-schema', 'schema-id': -1 };

function withSnapshots(count: number, metadata = sampleMetadata()): TableMetadata {
  let current = metadata;
  for (let number = 1; number <= count; number++) {
    current = apply(current, commitOf(sampleSnapshot(number)));
  }
  return current;
}

function idOf(number: number): bigint {
  return sampleSnapshot(number)['snapshot-id'];
}

describe('schemas', () => {
  test('get the next id whatever they say, and become current by -1', () => {
    const next = apply(sampleMetadata(), [ADD_WIDER, SET_LAST]);
    expect(next.schemas.map((schema) => schema['schema-id'])).toEqual([0, 1]);
    expect(next).toMatchObject({ 'current-schema-id': 1, 'last-column-id': 3 });
  });

  test('that are there already are not added twice', () => {
    const once = apply(sampleMetadata(), [ADD_WIDER, SET_LAST]);
    const back = apply(once, [
      { action: 'add-schema', schema: { ...SCHEMA, 'schema-id': 9 }, 'last-column-id': 3 },
      SET_LAST,
    ]);
    expect(back.schemas).toHaveLength(2);
    expect(back).toMatchObject({ 'current-schema-id': 0, 'last-column-id': 3 });
  });

  test('differ when their identifier fields do', () => {
    const schema = { ...SCHEMA, 'identifier-field-ids': [] };
    const next = apply(sampleMetadata(), [{ action: 'add-schema', schema, 'last-column-id': 2 }]);
    expect(next.schemas).toHaveLength(2);
  });

  test.each<[string, readonly TableUpdate[]]>([
    ['-1 with none added', [SET_LAST]],
    ['an id that no schema has', [{ action: 'set-current-schema', 'schema-id': 5 }]],
    ['a last column id that goes back', [{ ...ADD_WIDER, 'last-column-id': 1 }]],
  ])('are refused for %s', (_why, updates) => {
    expect(() => apply(sampleMetadata(), updates)).toThrow('Invariant broken');
  });
});

describe('snapshots', () => {
  test('become current by the ref, with their own time in the log', () => {
    const next = withSnapshots(2);
    expect(next).toMatchObject({
      'last-sequence-number': 2,
      'current-snapshot-id': idOf(2),
      refs: { main: { 'snapshot-id': idOf(2), type: 'branch' } },
      'snapshot-log': [
        { 'snapshot-id': idOf(1), 'timestamp-ms': CREATED_MS + 1 },
        { 'snapshot-id': idOf(2), 'timestamp-ms': CREATED_MS + 2 },
      ],
    });
  });

  test('that were current only within the commit are not in the log', () => {
    const updates = [...commitOf(sampleSnapshot(1)), ...commitOf(sampleSnapshot(2))];
    const next = apply(sampleMetadata(), updates);
    expect(next['snapshot-log'].map((entry) => entry['snapshot-id'])).toEqual([idOf(2)]);
    expect(next.snapshots).toHaveLength(2);
  });

  test('are rolled back to, at the time of the commit', () => {
    const [, setMain] = commitOf(sampleSnapshot(1));
    const next = apply(withSnapshots(2), [setMain!], CREATED_MS + 5000);
    expect(next['current-snapshot-id']).toBe(idOf(1));
    expect(next['snapshot-log'].at(-1)).toEqual({
      'snapshot-id': idOf(1),
      'timestamp-ms': CREATED_MS + 5000,
    });
  });

  test('keep what the ref is given, and lose what it is not given again', () => {
    const [, setMain] = commitOf(sampleSnapshot(1));
    const limited = { ...setMain!, 'max-snapshot-age-ms': 5 } as TableUpdate;
    const next = apply(withSnapshots(1), [limited]);
    expect(next.refs['main']).toMatchObject({ 'max-snapshot-age-ms': 5 });
    expect(apply(next, [setMain!]).refs['main']).not.toHaveProperty('max-snapshot-age-ms');
  });

  test('are removed with the refs and the history that need them', () => {
    const tag: TableUpdate = {
      action: 'set-snapshot-ref',
      'ref-name': 'old',
      type: 'tag',
      'snapshot-id': idOf(2),
    };
    const statistics = [idOf(2), idOf(3)].map((id) => ({ 'snapshot-id': id }));
    const before = { ...apply(withSnapshots(3), [tag]), statistics };
    const next = apply(before, [{ action: 'remove-snapshots', 'snapshot-ids': [idOf(2)] }]);
    expect(next.snapshots.map((snapshot) => snapshot['snapshot-id'])).toEqual([idOf(1), idOf(3)]);
    expect(Object.keys(next.refs)).toEqual(['main']);
    // With a hole, the log would say that 1 was current until 3 came.
    expect(next['snapshot-log'].map((entry) => entry['snapshot-id'])).toEqual([idOf(3)]);
    expect(next.statistics).toEqual([{ 'snapshot-id': idOf(3) }]);
  });

  test.each<[string, readonly TableUpdate[]]>([
    [
      'an id that is there already',
      [{ action: 'add-snapshot', snapshot: { ...sampleSnapshot(3), 'snapshot-id': idOf(1) } }],
    ],
    [
      'a sequence number that was given',
      [{ action: 'add-snapshot', snapshot: { ...sampleSnapshot(2), 'snapshot-id': 5n } }],
    ],
    [
      'a sequence number that leaves one out',
      [{ action: 'add-snapshot', snapshot: sampleSnapshot(4) }],
    ],
    ['a ref to none', commitOf(sampleSnapshot(9)).slice(1)],
    [
      'a tag named main',
      [{ action: 'set-snapshot-ref', 'ref-name': 'main', type: 'tag', 'snapshot-id': idOf(1) }],
    ],
    ['removing the current one', [{ action: 'remove-snapshots', 'snapshot-ids': [idOf(2)] }]],
  ])('are refused for %s', (_why, updates) => {
    expect(() => apply(withSnapshots(2), updates)).toThrow('Invariant broken');
  });
});

describe('version 3', () => {
  const v3 = (first: number, added: number): readonly TableUpdate[] =>
    commitOf(sampleSnapshot(1, { 'first-row-id': first, 'added-rows': added }));

  test('counts row ids', () => {
    const next = apply(sampleMetadata({ formatVersion: 3 }), v3(0, 30));
    expect(next['next-row-id']).toBe(30);
  });

  test('is reached by an upgrade, never left', () => {
    const next = apply(sampleMetadata(), [
      { action: 'upgrade-format-version', 'format-version': 3 },
    ]);
    expect(next).toMatchObject({ 'format-version': 3, 'next-row-id': 0 });
    for (const version of [2, 4]) {
      expect(() =>
        apply(next, [{ action: 'upgrade-format-version', 'format-version': version }]),
      ).toThrow('Invariant broken');
    }
  });

  test('refuses row ids that were given', () => {
    const next = { ...sampleMetadata({ formatVersion: 3 }), 'next-row-id': 10 };
    expect(() => apply(next, v3(9, 1))).toThrow('Invariant broken');
    expect(() => apply(next, commitOf(sampleSnapshot(1)))).toThrow('Invariant broken');
  });
});

describe('the rest', () => {
  test('properties are set and removed', () => {
    const set = apply(sampleMetadata({ properties: { a: '1', b: '2' } }), [
      { action: 'set-properties', updates: { b: '3', c: '4' } },
      { action: 'remove-properties', removals: ['a', 'nothing'] },
    ]);
    expect(set.properties).toEqual({ b: '3', c: '4' });
  });

  test('earlier metadata files are remembered, as many as asked', () => {
    let metadata = sampleMetadata();
    for (const version of [1, 2, 3, 4]) {
      metadata = applyUpdates(
        metadata,
        [{ action: 'set-properties', updates: { version: String(version) } }],
        {
          nowMs: CREATED_MS + version,
          previousMetadataLocation: `v${version}`,
          maxPreviousVersions: 2,
        },
      );
    }
    expect(metadata['metadata-log']).toEqual([
      { 'metadata-file': 'v3', 'timestamp-ms': CREATED_MS + 2 },
      { 'metadata-file': 'v4', 'timestamp-ms': CREATED_MS + 3 },
    ]);
  });

  test('time does not go back, though a clock may', () => {
    const next = apply(sampleMetadata(), commitOf(sampleSnapshot(1)), CREATED_MS - 50);
    expect(next['last-updated-ms']).toBe(CREATED_MS);
  });

  test('no updates change nothing', () => {
    const metadata = sampleMetadata();
    expect(apply(metadata, [])).toBe(metadata);
  });

  test('unknown fields stay', () => {
    const metadata = { ...sampleMetadata(), 'x-other': [1] };
    expect(apply(metadata, commitOf(sampleSnapshot(1)))).toHaveProperty('x-other', [1]);
  });
});
