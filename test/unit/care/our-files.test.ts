/** Owns the checks of which files are ours by their names, and abandoned. */
import { describe, expect, test } from '@jest/globals';
import type { Instant } from '../../../src/core/instant.js';
import { isAbandoned } from '../../../src/processing/iceberg/care/our-files.js';
import { timedUuid, timeOfUuid } from '../../../src/processing/iceberg/care/timed-uuid.js';

const MADE_MS = 1_764_000_000_123;
const uuid = timedUuid(MADE_MS);
const before = { madeBeforeMs: MADE_MS, watermark: '2026-11-24T08:00:00Z' as Instant };
const after = { ...before, madeBeforeMs: MADE_MS + 1 };

test('a timed UUID is of version 7, tells its time, and is made once', () => {
  expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(timeOfUuid(uuid)).toBe(MADE_MS);
  expect(timedUuid(MADE_MS)).not.toBe(uuid);
});

describe('isAbandoned', () => {
  test.each([
    `${uuid}-deletes.parquet`,
    `${uuid}-deletes.puffin`,
    `${uuid}-deletes-12.parquet`,
    `${uuid}-00000.parquet`,
    `${uuid}-m12.avro`,
    `snap-${uuid}.avro`,
    `snap-9007199254740993-1-${uuid}.avro`,
  ])('knows %s by the time it was made', (name) => {
    expect(isAbandoned(name, after)).toBe(true);
    expect(isAbandoned(name, before)).toBe(false);
  });

  test('takes the rows of a load for abandoned only when no load can bring them any more', () => {
    const rows = (stamp: string): string => `${stamp}-00000-00001-0123456789abcdef.parquet`;
    const late = { ...before, madeBeforeMs: Date.parse('2026-11-24T08:00:00Z') };
    expect(isAbandoned(rows('20261124T075959Z'), late)).toBe(true);
    expect(isAbandoned('20261124T075959Z-00000-123456-0123456789abcdef.parquet', late)).toBe(true);
    expect(isAbandoned(rows('20261124T080000Z'), { ...late, madeBeforeMs: Infinity })).toBe(false);
    expect(isAbandoned(rows('20261124T075959Z'), { ...late, watermark: undefined })).toBe(false);
    const justMade = { ...late, madeBeforeMs: Date.parse('2026-11-24T07:59:59Z') };
    expect(isAbandoned(rows('20261124T075959Z'), justMade)).toBe(false);
  });

  test.each([
    'part-00000-9c1b.parquet',
    '00000-0-f9c3e2f5-9f5e-4b63-b0a2-3b6c8a3a4d11-00001.parquet',
    'f9c3e2f5-9f5e-4b63-b0a2-3b6c8a3a4d11-m0.avro',
    'snap-f9c3e2f5-9f5e-4b63-b0a2-3b6c8a3a4d11.avro',
    'snap-1-1-f9c3e2f5-9f5e-4b63-b0a2-3b6c8a3a4d11.avro',
    'v12.metadata.json',
    'version-hint.text',
    `${uuid}.puffin`,
    `mine-${uuid}-m0.avro`,
    `${uuid}-m0.avro.bak`,
    `folder/${uuid}-m0.avro`,
    '99999999T999999Z-00000-00000-0123456789abcdef.parquet',
  ])('leaves %s alone', (name) => {
    expect(isAbandoned(name, { ...after, madeBeforeMs: Infinity })).toBe(false);
  });
});
