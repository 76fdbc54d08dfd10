/** Owns the claim that one text of a table's metadata is parsed once, and that few are kept. */
import { expect, test } from '@jest/globals';
import { parsedMetadata, rememberParsed } from '../../../src/catalogs/parsed-metadata.js';
import { formatTableMetadata } from '../../../src/iceberg/metadata-json.js';
import { sampleMetadata } from '../iceberg/sample-metadata.js';

/** The text of a table whose metadata no other test reads. */
const textOf = (id: number): string =>
  formatTableMetadata({ ...sampleMetadata(), properties: { id: `${id}` } });

test('who reads the same text shares what it says', () => {
  const first = parsedMetadata(textOf(1), 'v1');
  expect(parsedMetadata(textOf(1), 'v1')).toBe(first);
  expect(parsedMetadata(textOf(2), 'v1')).not.toBe(first);
  expect(parsedMetadata(textOf(2), 'v1').properties).toEqual({ id: '2' });
});

test('a text that was written is not parsed by who reads it', () => {
  const written = sampleMetadata();
  const text = textOf(3);
  rememberParsed(text, written);
  expect(parsedMetadata(text, 'v1')).toBe(written);
});

test('a text read lately stays, one that eight others came after goes', () => {
  const [old, used] = [parsedMetadata(textOf(10), 'v1'), parsedMetadata(textOf(11), 'v1')];
  for (let id = 12; id < 19; id++) {
    parsedMetadata(textOf(id), 'v1');
    expect(parsedMetadata(textOf(11), 'v1')).toBe(used);
  }
  expect(parsedMetadata(textOf(10), 'v1')).not.toBe(old);
});

test('a broken text is an error each time, with its place', () => {
  for (let i = 0; i < 2; i++) expect(() => parsedMetadata('{', 'lake/v3')).toThrow(/lake\/v3/);
});
