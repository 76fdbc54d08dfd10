/** Owns the change: the net effect on one key, read from one line of an export's data file. */
import { ErrorCode, TidemarkError, messageOf } from '../core/errors.js';
import { invalidItem } from './check-item.js';
import { attributeType, type AttributeValue, type Item } from './attribute-value.js';

/**
 * What an export says about one key. A full export gives `newImage` alone; an incremental one the
 * key's state at the window's end, where no `newImage` means that the item is deleted.
 */
export interface Change {
  /** The key attributes and nothing else. */
  readonly key: Item;
  /** Of the key's last write in the window, microseconds since 1970 as text; full exports have none. */
  readonly writtenAtMicros?: string;
  /** The item just before the window; absent for an insert, and under the view NEW_IMAGE. */
  readonly oldImage?: Item;
  readonly newImage?: Item;
}

/** Where a line comes from, and how to read it. */
export interface LineSource {
  readonly kind: 'full' | 'incremental';
  /** The data file's key, for messages. */
  readonly file: string;
  /** Counted from 1. */
  readonly lineNumber: number;
  readonly keyAttributes: readonly string[];
}

/** Reads one line; CorruptExport names file and line when it is not a record of this kind. */
export function parseChange(line: string, source: LineSource): Change {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch (cause) {
    throw corrupt(source, `is not JSON (${messageOf(cause)})`, cause);
  }
  if (!isObject(record)) throw corrupt(source, 'is not a JSON object');
  return source.kind === 'full' ? fullChange(record, source) : incrementalChange(record, source);
}

function fullChange(record: Readonly<Record<string, unknown>>, source: LineSource): Change {
  const item = itemOf(record, 'Item', source);
  if (item === undefined) throw corrupt(source, 'has no Item');
  return { key: keyOf(item, 'Item', source), newImage: item };
}

function incrementalChange(record: Readonly<Record<string, unknown>>, source: LineSource): Change {
  const keys = itemOf(record, 'Keys', source);
  if (keys === undefined) throw corrupt(source, 'has no Keys');
  const key = keyOf(keys, 'Keys', source);
  const oldImage = itemOf(record, 'OldImage', source);
  const newImage = itemOf(record, 'NewImage', source);
  for (const image of [oldImage, newImage]) {
    if (image !== undefined && !sameKey(key, image)) {
      throw corrupt(source, 'has an image of another key than its Keys');
    }
  }
  return {
    key,
    writtenAtMicros: writtenAtOf(record, source),
    ...(oldImage === undefined ? {} : { oldImage }),
    ...(newImage === undefined ? {} : { newImage }),
  };
}

function writtenAtOf(record: Readonly<Record<string, unknown>>, source: LineSource): string {
  const metadata = record['Metadata'];
  const stamp = isObject(metadata) ? metadata['WriteTimestampMicros'] : undefined;
  const micros = isObject(stamp) ? stamp['N'] : undefined;
  if (typeof micros !== 'string' || !/^\d{1,18}$/.test(micros)) {
    throw corrupt(source, 'has no WriteTimestampMicros');
  }
  return micros;
}

function itemOf(
  record: Readonly<Record<string, unknown>>,
  part: string,
  source: LineSource,
): Item | undefined {
  const item = record[part];
  if (item === undefined) return undefined;
  const problem = invalidItem(item);
  if (problem !== undefined) throw corrupt(source, `has a bad ${part}: ${problem}`);
  return item as Item;
}

function keyOf(item: Item, part: string, source: LineSource): Item {
  const entries = source.keyAttributes.map((name): [string, AttributeValue] => {
    const value = Object.hasOwn(item, name) ? item[name] : undefined;
    if (value === undefined) throw corrupt(source, `has no key attribute "${name}" in its ${part}`);
    return [name, value];
  });
  return Object.fromEntries(entries);
}

function sameKey(key: Item, image: Item): boolean {
  return Object.entries(key).every(([name, value]) => {
    const other = Object.hasOwn(image, name) ? image[name] : undefined;
    return (
      other !== undefined &&
      attributeType(other) === attributeType(value) &&
      JSON.stringify(other) === JSON.stringify(value)
    );
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function corrupt(source: LineSource, problem: string, cause?: unknown): TidemarkError {
  return new TidemarkError(`Line ${source.lineNumber} of ${source.file} ${problem}.`, {
    code: ErrorCode.CorruptExport,
    subject: source.file,
    hint: 'Check that nobody changed the export, then let a new export be taken.',
    cause,
  });
}
