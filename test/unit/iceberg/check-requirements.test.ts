/** Owns tests of when a commit may take place. */
import { describe, expect, test } from '@jest/globals';
import { checkRequirements } from '../../../src/iceberg/check-requirements.js';
import type { TableRequirement } from '../../../src/iceberg/table-update.js';
import { apply, commitOf, sampleMetadata, sampleSnapshot } from './sample-metadata.js';

const METADATA = apply(sampleMetadata(), commitOf(sampleSnapshot(1)));
const ID = sampleSnapshot(1)['snapshot-id'];

describe('checkRequirements', () => {
  test.each<[TableRequirement]>([
    [{ type: 'assert-table-uuid', uuid: METADATA['table-uuid'] }],
    [{ type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': ID }],
    [{ type: 'assert-ref-snapshot-id', ref: 'audit', 'snapshot-id': null }],
    [{ type: 'assert-last-assigned-field-id', 'last-assigned-field-id': 2 }],
    [{ type: 'assert-current-schema-id', 'current-schema-id': 0 }],
  ])('passes %j', (requirement) => {
    expect(checkRequirements(METADATA, [requirement])).toBeUndefined();
    expect(checkRequirements(undefined, [requirement])).toBe('the table does not exist');
  });

  test.each<[TableRequirement, string]>([
    [{ type: 'assert-create' }, 'the table exists already'],
    [{ type: 'assert-table-uuid', uuid: 'other' }, 'table uuid'],
    [
      { type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': ID - 1n },
      '9007199254740994, not 9007199254740993',
    ],
    [{ type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': null }, 'not null'],
    [{ type: 'assert-ref-snapshot-id', ref: 'audit', 'snapshot-id': ID }, 'is null'],
    [{ type: 'assert-last-assigned-field-id', 'last-assigned-field-id': 3 }, 'field id'],
    [{ type: 'assert-current-schema-id', 'current-schema-id': 1 }, 'current schema id'],
  ])('refuses %j', (requirement, reason) => {
    expect(checkRequirements(METADATA, [requirement])).toContain(reason);
  });

  test('passes a creation where no table is', () => {
    expect(checkRequirements(undefined, [{ type: 'assert-create' }])).toBeUndefined();
  });

  test('refuses a snapshot whose number another branch has taken', () => {
    const updates = commitOf(sampleSnapshot(1, { 'snapshot-id': 7n }));
    expect(checkRequirements(METADATA, [], updates)).toContain('sequence number 1 is taken');
    expect(checkRequirements(METADATA, [], commitOf(sampleSnapshot(2)))).toBeUndefined();
  });

  test('refuses a snapshot whose row ids another branch has taken', () => {
    const metadata = { ...METADATA, 'format-version': 3, 'next-row-id': 10 };
    const updates = commitOf(sampleSnapshot(2, { 'first-row-id': 5, 'added-rows': 1 }));
    expect(checkRequirements(metadata, [], updates)).toContain('row id 5 is taken');
  });
});
