/** Owns the law of bad lines: the scanner refuses what the slow road refuses. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseChange } from '../../src/export/change.js';
import type { RecordFormat } from '../../src/processing/scan/record-reader.js';
import { lineOf } from '../support/export-fixtures.js';
import { chunkSizes, chunksOf, spell, whims } from '../support/scan-lines.js';
import { FULL, KEYS, change, profile, scan } from '../support/scan-reading.js';
import { anySchema } from '../support/scan-schemas.js';

/** What the scanner refuses though it is an item to `parseChange`: see RecordReader. */
const STRICTER =
  /two attributes of one name|two members of one name|neither S, N nor B|exactly one type/;

describe('bad lines', () => {
  const mutation = fc.record({
    at: fc.nat(9999),
    cut: fc.nat(3),
    put: fc.oneof(
      fc.constantFrom(
        '"',
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '\\',
        ' ',
        '\n',
        '\0',
        'null',
        'true',
        '1',
      ),
      fc.constantFrom('"S":', '"N":"1"', '{"S":"x"}', '\\u00', '\\x', '"Item":', ',"NewImage":{}'),
      fc.constant(''),
    ),
    byte: fc.option(fc.nat(255)),
  });

  test.each(['full', 'incremental'] as const)(
    'are refused as parseChange refuses them: %s',
    (kind) => {
      const format: RecordFormat = kind === 'full' ? FULL : { kind, view: 'NEW_AND_OLD_IMAGES' };
      fc.assert(
        fc.property(
          anySchema,
          change.filter(({ newImage }) => kind === 'incremental' || newImage !== undefined),
          fc.array(mutation, { minLength: 1, maxLength: 2 }),
          whims,
          chunkSizes,
          (schema, good, mutations, spelling, sizes) => {
            let bytes = Buffer.from(spell(JSON.parse(lineOf(good, kind)), spelling));
            for (const { at, cut, put, byte } of mutations) {
              const from = at % bytes.length;
              const added = byte === null ? Buffer.from(put) : Buffer.from([byte]);
              bytes = Buffer.concat([bytes.subarray(0, from), added, bytes.subarray(from + cut)]);
            }
            const refusal = attempt(() => {
              slowly(bytes, kind);
            });
            for (const read of [
              (): unknown => scan(schema, chunksOf(bytes, sizes), { format }),
              (): unknown => profile(chunksOf(bytes, sizes), format),
            ]) {
              const mine = attempt(read);
              if (mine !== undefined) {
                expect(mine).toMatchObject({ code: 'CorruptExport', subject: 'data/x.json.gz' });
              }
              if (mine !== undefined && refusal === undefined)
                expect(mine.message).toMatch(STRICTER);
              if (mine === undefined) expect(refusal).toBeUndefined();
            }
          },
        ),
        { numRuns: 3000 },
      );
    },
  );

  function slowly(bytes: Uint8Array, kind: 'full' | 'incremental'): void {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    lines.forEach((line, index) => {
      parseChange(line, { kind, file: 'x', lineNumber: index + 1, keyAttributes: KEYS });
    });
  }

  function attempt(read: () => unknown): Error | undefined {
    try {
      read();
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }
});
