/** Owns reading and writing a table's metadata as JSON, where no integer and no unknown field is lost. */
import { LosslessNumber, parse, stringify } from 'lossless-json';
import { z } from 'zod';
import { ErrorCode, TidemarkError, messageOf } from '../core/errors.js';
import type { Snapshot, TableMetadata } from './table-metadata.js';

/** The format versions that are read and written. */
export const FORMAT_VERSIONS: readonly number[] = [2, 3];

/** Their values have 63 bits, whatever object they are in. */
const ID_KEYS: ReadonlySet<string> = new Set([
  'snapshot-id',
  'parent-snapshot-id',
  'current-snapshot-id',
]);

/**
 * The metadata in `text`; what the specification leaves optional is filled in. Fields that are not
 * listed in {@link TableMetadata} are kept, their integers of any size as bigints.
 *
 * CorruptLake, naming `location`, when it is no metadata of version 2 or 3.
 */
export function parseTableMetadata(text: string, location: string): TableMetadata {
  const raw = parseJson(text, location);
  const { 'format-version': version } = raw;
  if (version === 1) {
    throw corrupt(location, 'is of format version 1, which has no row-level deletes.', {
      hint: "Upgrade the table, for example with Spark: ALTER TABLE t SET TBLPROPERTIES ('format-version' = '2').",
    });
  }
  if (!FORMAT_VERSIONS.some((known) => known === version)) {
    throw corrupt(location, `is of format version ${String(version)}, which is not known.`, {
      hint: 'Use a newer tidemark, or a table of version 2 or 3.',
    });
  }
  const checked = METADATA.safeParse(raw);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const where = issue === undefined ? '' : ` at "${issue.path.join('.')}": ${issue.message}`;
    throw corrupt(location, `is no Iceberg metadata${where}.`);
  }
  return withDefaults(raw as TableMetadata);
}

/** The JSON of `metadata`, without line breaks. */
export function formatTableMetadata(metadata: TableMetadata): string {
  const members = Object.entries(metadata).flatMap(([name, value]) => {
    const text =
      name === 'snapshots'
        ? `[${metadata.snapshots.map(snapshotText).join(',')}]`
        : stringify(value);
    return text === undefined ? [] : [`${JSON.stringify(name)}:${text}`];
  });
  return `{${members.join(',')}}`;
}

/** Of a week's snapshots, a commit adds one: the others were written by the one before it. */
const snapshotTexts = new WeakMap<Snapshot, string>();

function snapshotText(snapshot: Snapshot): string {
  const known = snapshotTexts.get(snapshot);
  if (known !== undefined) return known;
  const text = formatLosslessJson(snapshot);
  snapshotTexts.set(snapshot, text);
  return text;
}

/** JSON of Iceberg's REST protocol, read as exactly as metadata is. Throws a SyntaxError. */
export function parseLosslessJson(text: string): unknown {
  return parse(text, reviveId, parseNumber);
}

/** The reverse of {@link parseLosslessJson}: bigints are written as integers. */
export function formatLosslessJson(value: unknown): string {
  return stringify(value) ?? '';
}

function parseNumber(text: string): number | bigint | LosslessNumber {
  const number = Number(text);
  if (Number.isSafeInteger(number) && String(number) === text) return number;
  if (/^-?\d+$/.test(text)) return BigInt(text);
  return String(number) === text ? number : new LosslessNumber(text);
}

function reviveId(key: string, value: unknown): unknown {
  return typeof value === 'number' && ID_KEYS.has(key) ? BigInt(value) : value;
}

function parseJson(text: string, location: string): { readonly 'format-version': unknown } {
  let value: unknown;
  try {
    value = parseLosslessJson(text);
  } catch (error) {
    throw corrupt(location, `is not JSON: ${messageOf(error)}`, { cause: error });
  }
  if (typeof value === 'object' && value !== null && 'format-version' in value) return value;
  throw corrupt(location, 'is no Iceberg metadata: it has no "format-version".');
}

function withDefaults(raw: TableMetadata): TableMetadata {
  const partial: Partial<TableMetadata> = raw;
  const current = partial['current-snapshot-id'] ?? -1n;
  const main = current === -1n ? {} : { main: { 'snapshot-id': current, type: 'branch' as const } };
  return {
    ...raw,
    properties: partial.properties ?? {},
    snapshots: partial.snapshots ?? [],
    'snapshot-log': partial['snapshot-log'] ?? [],
    'metadata-log': partial['metadata-log'] ?? [],
    refs: { ...main, ...partial.refs },
    ...(raw['format-version'] >= 3 ? { 'next-row-id': partial['next-row-id'] ?? 0 } : {}),
  };
}

function corrupt(
  location: string,
  problem: string,
  details: { readonly hint?: string; readonly cause?: unknown } = {},
): TidemarkError {
  return new TidemarkError(`Table metadata ${location} ${problem}`, {
    code: ErrorCode.CorruptLake,
    subject: location,
    ...details,
  });
}

const FIELD = z.looseObject({
  id: z.int(),
  name: z.string(),
  required: z.boolean(),
  get type() {
    return TYPE;
  },
});
const TYPE: z.ZodType = z.lazy(() =>
  z.union([
    z.string(),
    z.looseObject({ type: z.literal('struct'), fields: z.array(FIELD) }),
    z.looseObject({
      type: z.literal('list'),
      'element-id': z.int(),
      'element-required': z.boolean(),
      element: TYPE,
    }),
    z.looseObject({
      type: z.literal('map'),
      'key-id': z.int(),
      key: TYPE,
      'value-id': z.int(),
      'value-required': z.boolean(),
      value: TYPE,
    }),
  ]),
);
const SNAPSHOT = z.looseObject({
  'snapshot-id': z.bigint(),
  'parent-snapshot-id': z.bigint().nullish(),
  'sequence-number': z.int().nonnegative(),
  'timestamp-ms': z.int(),
  'manifest-list': z.string(),
  summary: z.looseObject({ operation: z.string() }),
});
const METADATA = z.looseObject({
  'table-uuid': z.string(),
  location: z.string(),
  'last-sequence-number': z.int().nonnegative(),
  'last-updated-ms': z.int(),
  'last-column-id': z.int(),
  schemas: z.array(z.looseObject({ 'schema-id': z.int(), fields: z.array(FIELD) })).min(1),
  'current-schema-id': z.int(),
  'partition-specs': z
    .array(z.looseObject({ 'spec-id': z.int(), fields: z.array(z.looseObject({})) }))
    .min(1),
  'default-spec-id': z.int(),
  'sort-orders': z.array(z.looseObject({ 'order-id': z.int() })),
  properties: z.record(z.string(), z.string()).nullish(),
  'current-snapshot-id': z.bigint().nullish(),
  snapshots: z.array(SNAPSHOT).nullish(),
  refs: z.record(z.string(), z.looseObject({ 'snapshot-id': z.bigint() })).nullish(),
});
