/** Owns what a manifest list says of the partitions in a manifest, by which engines leave manifests out. */
import type { PartitionSummary, PartitionValue } from './manifest.js';
import { partitionName } from './partition-spec.js';
import { partitionTypeOf, type Schemas } from './partition-type.js';
import type { PartitionSpec } from './table-metadata.js';
import { shortestBytes } from './transform-values.js';

type Present = Exclude<PartitionValue, null>;

/** One for each field of `spec`, over files whose partitions these are. */
export function partitionSummaries(
  partitions: readonly Readonly<Record<string, PartitionValue>>[],
  spec: PartitionSpec,
  schemas: Schemas,
): readonly PartitionSummary[] {
  return spec.fields.map((field) => {
    const name = partitionName(field);
    const type = partitionTypeOf(field, schemas);
    let contains_null = false;
    let contains_nan = false;
    let lowest: Present | undefined;
    let highest: Present | undefined;
    for (const { [name]: value = null } of partitions) {
      if (value === null) contains_null = true;
      else if (Number.isNaN(value)) contains_nan = true;
      else {
        if (lowest === undefined || compare(type, value, lowest) < 0) lowest = value;
        if (highest === undefined || compare(type, value, highest) > 0) highest = value;
      }
    }
    return {
      contains_null,
      contains_nan,
      lower_bound: lowest === undefined ? null : singleValue(type, lowest),
      upper_bound: highest === undefined ? null : singleValue(type, highest),
    };
  });
}

/** As Iceberg orders values of a type: text and bytes by their bytes, unsigned. */
function compare(type: string, a: Present, b: Present): number {
  if (typeof a === 'string' || a instanceof Uint8Array) {
    const left = bytesOf(a);
    const right = bytesOf(b as typeof a);
    if (!type.startsWith('decimal')) return Buffer.compare(left, right);
    return unscaled(left) < unscaled(right) ? -1 : Number(unscaled(left) > unscaled(right));
  }
  return a < b ? -1 : Number(a > b);
}

/** Source: Iceberg's specification, Appendix D, "Binary single-value serialization". */
function singleValue(type: string, value: Present): Buffer {
  if (typeof value === 'boolean') return Buffer.of(value ? 1 : 0);
  if (typeof value === 'string' || value instanceof Uint8Array) {
    const bytes = bytesOf(value);
    return type.startsWith('decimal') ? Buffer.from(shortestBytes(unscaled(bytes))) : bytes;
  }
  const bytes = Buffer.alloc(['int', 'date', 'float'].includes(type) ? 4 : 8);
  if (type === 'float') bytes.writeFloatLE(Number(value));
  else if (type === 'double') bytes.writeDoubleLE(Number(value));
  else if (bytes.length === 4) bytes.writeInt32LE(Number(value));
  else bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}

function bytesOf(value: string | Uint8Array): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : Buffer.from(value);
}

function unscaled(bytes: Buffer): bigint {
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString('hex') || '0'}`));
}
