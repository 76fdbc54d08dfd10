/** Owns which partition each row lies in. */
import type { PartitionValue } from '../../iceberg/manifest.js';
import type { Vector } from '../../parquet/vector.js';
import { PartitionColumn, type PartitionField } from './partition-column.js';

/** The values of a partition, by the names of its fields. */
export type Partition = Readonly<Record<string, PartitionValue>>;

/** Rows of one partition, in their order. */
export interface PartitionRows {
  /** Counted from 0, in the order in which partitions turn up. */
  readonly partition: number;
  readonly rows: Int32Array;
}

/** Numbers partitions as their rows come. */
export class Partitioner {
  readonly #columns: readonly PartitionColumn[];
  readonly #numbers = new Map<string, number>();
  readonly #partitions: Partition[] = [];

  constructor(fields: readonly PartitionField[]) {
    this.#columns = fields.map((field) => new PartitionColumn(field));
  }

  /** How many there are so far. */
  get count(): number {
    return this.#partitions.length;
  }

  partition(number: number): Partition {
    return this.#partitions[number] ?? {};
  }

  /** The rows of `columns`, of which there are `count`, each in its partition. */
  split(columns: readonly Vector[], count: number): readonly PartitionRows[] {
    const numbers = this.#numbersOf(columns, count);
    const counts = new Int32Array(this.count);
    for (const number of numbers) counts[number] = (counts[number] as number) + 1;
    const split: PartitionRows[] = [];
    const ends = new Int32Array(this.count);
    const order = new Int32Array(count);
    let from = 0;
    for (const [partition, rows] of counts.entries()) {
      ends[partition] = from;
      if (rows > 0) split.push({ partition, rows: order.subarray(from, from + rows) });
      from += rows;
    }
    for (let row = 0; row < count; row++) {
      const number = numbers[row] as number;
      const at = ends[number] as number;
      order[at] = row;
      ends[number] = at + 1;
    }
    return split;
  }

  #numbersOf(columns: readonly Vector[], count: number): Int32Array {
    const byField = this.#columns.map((each) =>
      each.numbersOf(columns[each.field.column] as Vector),
    );
    const numbers = new Int32Array(count);
    for (let row = 0; row < count; row++) {
      let key = '';
      for (const values of byField) key += `${String(values[row])},`;
      let number = this.#numbers.get(key);
      if (number === undefined) {
        number = this.#add(byField, row);
        this.#numbers.set(key, number);
      }
      numbers[row] = number;
    }
    return numbers;
  }

  #add(byField: readonly Int32Array[], row: number): number {
    const values = this.#columns.map((column, index): [string, PartitionValue] => [
      column.field.name,
      column.value(byField[index]?.[row] as number),
    ]);
    return this.#partitions.push(Object.fromEntries(values)) - 1;
  }
}
