/** Owns telling partitions apart. */
import type { DataFile, PartitionValue } from './manifest.js';

/** Equal for files of the same partition: of one spec, with the same values. */
export function partitionKey({
  spec_id: specId,
  partition,
}: Pick<DataFile, 'spec_id' | 'partition'>): string {
  const values = Object.entries(partition).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([specId, values.map(([name, value]) => [name, valueKey(value)])]);
}

function valueKey(value: PartitionValue): unknown {
  if (typeof value === 'bigint') return value.toString();
  // Zero has two signs and they are two values; JSON would give both as 0.
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
