/** Owns the law that catalogs lose and repeat nothing over stores and networks that break. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createRestCatalog } from '../../src/catalogs/rest/rest-catalog.js';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import { countTogether } from '../support/catalog-committers.js';
import { faultyObjectStore } from '../support/faulty-object-store.js';
import { randomOf } from '../support/modelled-table.js';
import { startRestCatalogServer, type RestCatalogServer } from '../support/rest-catalog-server.js';

const ROUNDS = 5;
const COMMITTERS = 3;
const TIMES = 6;
const firstSeed = Number(process.env['SEED'] ?? Date.now() % 1_000_000_000);

let server: RestCatalogServer;
beforeAll(async () => {
  server = await startRestCatalogServer();
}, 600_000);
afterAll(async () => {
  await server.stop();
});

const seeds = Array.from({ length: ROUNDS }, (_, round) => firstSeed + round);

test.each(seeds)(
  'files on a store that breaks (SEED=%d)',
  async (seed) => {
    const random = randomOf(seed);
    const store = createMemoryObjectStore();
    const committers = Array.from({ length: COMMITTERS }, () =>
      createFileCatalog({ store: faultyObjectStore(store, random, 8), lakePrefix: 'lake' }),
    );
    await countTogether(committers, 'orders', TIMES);
  },
  60_000,
);

test.each(seeds)(
  'REST over a network that breaks (SEED=%d)',
  async (seed) => {
    const random = randomOf(seed);
    let faults = 0;
    const broken = (): never => {
      faults += 1;
      throw new TypeError('fetch failed');
    };
    const faultyFetch: typeof fetch = async (input, init) => {
      if (random(8) === 0) broken();
      const response = await fetch(input, init);
      if (random(8) === 0) broken();
      if (random(16) === 0) return new Response('overloaded', { status: 503 });
      return response;
    };
    const committers = Array.from({ length: COMMITTERS }, () =>
      createRestCatalog({
        uri: server.uri,
        namespace: 'lake',
        location: `file://${server.directory}/warehouse/faults-${seed}`,
        world: { fetch: faultyFetch, sleep: () => Promise.resolve() },
      }),
    );
    await countTogether(committers, `orders-${seed}`, TIMES);
    expect(faults).toBeGreaterThan(0);
  },
  60_000,
);
