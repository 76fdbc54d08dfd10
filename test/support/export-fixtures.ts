/** Owns made-up items and export files for tests: fast-check arbitraries and an export writer. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { AttributeValue, Item } from '../../src/export/attribute-value.js';
import type { Change } from '../../src/export/change.js';
import type { ExpectedExport } from '../../src/export/export-manifest.js';

/** Names that trip code: SQL's, JavaScript's and our own, and some that differ only in case. */
const NAMES = [
  'a',
  'A',
  'b',
  'user-name',
  '_rest',
  '_change',
  '_old',
  'a.b',
  '',
  'say "x"',
  "it's",
  '__proto__',
  'constructor',
  'ünï💥',
  'Ü',
  'ü',
  'a_2',
  'select',
  'filename',
  'nul\0l',
];

const digits = fc.bigInt({ min: 0n, max: 10n ** 38n - 1n });

/** Numbers as DynamoDB may give them, and forms it never gives. */
export const numberText: fc.Arbitrary<string> = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 63n) - 2n, max: 2n ** 63n + 2n }).map(String),
  fc
    .tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: 0, max: 99 }))
    .map(([integer, fraction]) => `${integer}.${fraction}`),
  fc.tuple(digits, fc.integer({ min: 0, max: 38 })).map(([whole, scale]) => {
    const text = whole.toString().padStart(39, '0');
    const cut = text.length - scale;
    return `${text.slice(0, cut).replace(/^0+(?=\d)/, '')}${scale === 0 ? '' : `.${text.slice(cut)}`}`;
  }),
  fc
    .tuple(digits, fc.integer({ min: -130, max: 125 }))
    .map(([whole, exponent]) => `${whole.toString().slice(0, 3)}E${exponent}`),
  fc.constantFrom('-0', '0', '0.0', '1.50', '1E3', '+1', '.5', '007', '1e-130', '9.9e125'),
);

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.constantFrom('', 'a\0b', '\uD800', '{"N":"1"}', 'NULL', '2020-01-01', "'", '"'),
);
const base64 = fc.oneof(
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.constantFrom('aGVsbG8=', 'aGVsbG9=', 'YQ', '_-8='),
);

const attributeName = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }) },
);

const { value: anyValue, item: anyItem } = fc.letrec<{ value: AttributeValue; item: Item }>(
  (tie) => ({
    item: fc
      .array(fc.tuple(attributeName, tie('value')), { maxLength: 6 })
      .map((entries) => Object.fromEntries(entries)),
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      text.map((S) => ({ S })),
      numberText.map((N) => ({ N })),
      base64.map((B) => ({ B })),
      fc.boolean().map((BOOL) => ({ BOOL })),
      fc.constant({ NULL: true as const }),
      fc.array(text, { maxLength: 3 }).map((SS) => ({ SS })),
      fc.array(numberText, { maxLength: 3 }).map((NS) => ({ NS })),
      fc.array(base64, { maxLength: 3 }).map((BS) => ({ BS })),
      fc.array(tie('value'), { maxLength: 4 }).map((L) => ({ L })),
      tie('item').map((M) => ({ M })),
    ),
  }),
);

/** Any attribute value of DynamoDB's ten types, nested. */
export const attributeValue: fc.Arbitrary<AttributeValue> = anyValue;
/** Any item, its names hostile; it has no key attribute in particular. */
export const item: fc.Arbitrary<Item> = anyItem;

/** `item` with a string key `pk`. */
export const keyedItem: fc.Arbitrary<Item> = fc
  .tuple(fc.integer({ min: 0, max: 9 }), anyItem)
  .map(([key, rest]) =>
    Object.fromEntries([...Object.entries(rest), ['pk', { S: `key-${key}` }] as const]),
  );

/** A change that puts `image`, or deletes when there is none. */
export function changeOf(key: Item, images: { oldImage?: Item; newImage?: Item } = {}): Change {
  return { key, writtenAtMicros: '1700000000000001', ...images };
}

/** The line of a data file that says `change`. */
export function lineOf(change: Change, kind: 'full' | 'incremental'): string {
  if (kind === 'full') return JSON.stringify({ Item: change.newImage });
  return JSON.stringify({
    Metadata: { WriteTimestampMicros: { N: change.writtenAtMicros } },
    Keys: change.key,
    OldImage: change.oldImage,
    NewImage: change.newImage,
  });
}

/** An export as DynamoDB would have written it, one array of changes for each data file. */
export interface ExportFixture {
  readonly expected: ExpectedExport;
  readonly prefix: string;
  readonly files: readonly (readonly Change[])[];
}

/** Writes manifests with their MD5s and the data files; answers the key of the summary. */
export async function writeExport(store: ObjectStore, fixture: ExportFixture): Promise<string> {
  const { expected, prefix, files } = fixture;
  const folder = `${prefix}/AWSDynamoDB/01700000000000-0badcafe`;
  const { scope } = expected;
  const list: string[] = [];
  for (const [index, changes] of files.entries()) {
    const lines = changes.map((change) => `${lineOf(change, scope.kind)}\n`).join('');
    const body = gzipSync(lines);
    const key = `${prefix}/AWSDynamoDB/data/file${String(index).padStart(22, '0')}.json.gz`;
    await store.put(key, body);
    const md5Checksum = md5(body);
    list.push(
      JSON.stringify({ itemCount: changes.length, md5Checksum, etag: 'x-1', dataFileS3Key: key }),
    );
  }
  await putWithMd5(store, `${folder}/manifest-files.json`, `${list.join('\n')}\n`);
  const times =
    scope.kind === 'full'
      ? { version: '2020-06-30', exportTime: scope.exportTime }
      : {
          version: '2023-08-01',
          exportFromTime: scope.window.from,
          exportToTime: scope.window.to,
          outputView: scope.view,
          exportType: 'INCREMENTAL_EXPORT',
        };
  const summary = {
    ...times,
    exportArn: expected.exportArn,
    tableArn: expected.tableArn,
    tableId: expected.tableId,
    manifestFilesS3Key: `${folder}/manifest-files.json`,
    billedSizeBytes: 1000,
    itemCount: files.flat().length,
    outputFormat: 'DYNAMODB_JSON',
  };
  await putWithMd5(store, `${folder}/manifest-summary.json`, JSON.stringify(summary));
  return `${folder}/manifest-summary.json`;
}

/** Writes a manifest and, beside it, its base64 MD5. */
export async function putWithMd5(store: ObjectStore, key: string, text: string): Promise<void> {
  await store.put(key, Buffer.from(text));
  await store.put(key.replace(/\.json$/, '.md5'), Buffer.from(md5(text)));
}

function md5(bytes: string | Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64');
}
