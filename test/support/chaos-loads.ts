/** Owns the loads of a table under chaos: the same in every process that knows the seed. */
import fc from 'fast-check';
import type { Item } from '../../src/export/attribute-value.js';
import type { Change } from '../../src/export/change.js';
import type { ExportScope } from '../../src/export/table-exports.js';
import { at, full, loadOf, window, type LoadFixture } from './lake-loads.js';
import { inBatches, KEY_ATTRIBUTES, LakeModel, type Write } from './lake-model.js';

/** A full load or a window, and what it brings. */
export interface ChaosLoad {
  readonly scope: ExportScope;
  readonly fixture: () => LoadFixture;
  /** All items of a full load; else the net changes. */
  readonly changes: readonly Change[];
  /** Where the lake stands after it. */
  readonly watermark: string;
}

export interface ChaosPlan {
  readonly seed: number;
  /** Every how many loads the whole table is loaded anew; never when left out. */
  readonly resyncEvery?: number;
}

const KEYS = 150;
const WRITES = 40;
/** Every so many windows bring an attribute that no item had before. */
const NEW_ATTRIBUTE_EVERY = 7;

/** Load 0 is full and holds every key; load n is the window that ends at `at(15 * n)`. */
export function* chaosLoads({ seed, resyncEvery }: ChaosPlan): Generator<ChaosLoad, never> {
  const model = new LakeModel();
  const more = { keyAttributes: KEY_ATTRIBUTES };
  for (let index = 0; ; index++) {
    const written = model.window(index === 0 ? everyKey() : writesOf(seed, index));
    const isFull = index === 0 || (resyncEvery !== undefined && index % resyncEvery === 0);
    const scope = isFull ? full(15 * index) : window(15 * (index - 1), 15 * index);
    const changes = isFull ? model.full() : written;
    // Some loads are of one batch, which needs no profile of its own.
    const fixture = (): LoadFixture => loadOf(scope, inBatches(changes, 1 + (index % 3)), more);
    yield { scope, fixture, changes, watermark: at(15 * index) };
  }
}

/** The first loads of a plan. */
export function firstLoads(plan: ChaosPlan, count: number): readonly ChaosLoad[] {
  const loads = chaosLoads(plan);
  return Array.from({ length: count }, () => loads.next().value);
}

/** Gives every attribute a value, so that its column has its type from the start. */
function everyKey(): readonly Write[] {
  return Array.from({ length: KEYS }, (_, key) => ({ key, to: itemOf(key, 0) }));
}

function writesOf(seed: number, index: number): readonly Write[] {
  const write = fc.tuple(fc.nat(KEYS - 1), fc.nat(), fc.nat(2)).map(
    // A third of the writes are deletes; of what is gone, some comes back.
    ([key, number, kind]): Write => ({ key, to: kind === 0 ? undefined : itemOf(number, index) }),
  );
  const writes = fc.noBias(fc.array(write, { minLength: WRITES, maxLength: WRITES }));
  return fc.sample(writes, { seed: 1000 * seed + index, numRuns: 1 })[0] ?? [];
}

function itemOf(number: number, index: number): Item {
  const era = Math.floor(index / NEW_ATTRIBUTE_EVERY);
  return {
    window: { N: String(index) },
    name: { S: `name ${number}` },
    paid: { BOOL: number % 2 === 0 },
    tags: { SS: [`a${number % 10}`, 'b'] },
    photo: { B: Buffer.from(String(number)).toString('base64') },
    address: { M: { city: { S: 'x' }, zip: { N: String(number) } } },
    ...(index % NEW_ATTRIBUTE_EVERY === 0 ? { [`since_${era}`]: { N: String(number) } } : {}),
  };
}
