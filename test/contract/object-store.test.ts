/** Owns the contract that every object store keeps. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ListedObject, ObjectStore, PutOutcome } from '../../src/core/object-store.js';
import { STORE_KINDS, type StoreUnderTest } from '../support/object-stores.js';

const RACERS = 20;
const ANY_KEYS = [
  'a b+c%20&<>"\'',
  'ünï/🌊',
  '..',
  '../up',
  'a/../b',
  './here',
  '/leading',
  'double//slash',
  'trailing/',
  '.tidemark/lock',
  '.tidemark/staging/x',
  '%',
  '%25',
  '%+/x',
  'tab\t',
  'k'.repeat(1024),
  `${'é'.repeat(300)}/${'é'.repeat(200)}`,
];

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe.each(STORE_KINDS)('object store: $name', ({ start, exceptions }) => {
  let underTest: StoreUnderTest;
  let store: ObjectStore;
  beforeAll(async () => {
    underTest = await start();
    store = underTest.store;
  }, 600_000);
  afterAll(async () => {
    await underTest.stop();
  });

  const holds = (what: string, body: () => Promise<void>): void => {
    const reason = exceptions[what];
    // A failing test, not a skipped one: it tells when the exception is no longer one.
    if (reason === undefined) test(what, body, 30_000);
    else test.failing(`${what} (${reason})`, body, 30_000);
  };

  const read = async (key: string, from = store): Promise<string | undefined> => {
    const found = await from.get(key);
    return found && Buffer.from(found.body).toString('utf8');
  };
  const list = async (prefix: string, startAfter?: string): Promise<ListedObject[]> => {
    const found: ListedObject[] = [];
    const options = startAfter === undefined ? undefined : { startAfter };
    for await (const listed of store.list(prefix, options)) found.push(listed);
    return found;
  };
  const keys = async (prefix: string, startAfter?: string): Promise<string[]> =>
    (await list(prefix, startAfter)).map(({ key }) => key);
  const written = (outcome: PutOutcome): string => {
    if (!outcome.written) throw new Error('the put was not written');
    return outcome.etag;
  };

  holds('says where it is', async () => {
    expect(store.url).toMatch(/^\w+:\/\//);
    await Promise.resolve();
  });

  holds('gives back what was put, and what replaced it', async () => {
    expect(await store.get('replaced')).toBeUndefined();
    const first = written(await store.put('replaced', bytes('first')));
    expect((await store.get('replaced'))?.etag).toBe(first);
    const second = written(await store.put('replaced', bytes('second, longer')));
    expect(second).not.toBe(first);
    expect(await read('replaced', underTest.other)).toBe('second, longer');
    written(await store.put('replaced', bytes('')));
    expect(await store.get('replaced')).toMatchObject({ body: { length: 0 } });
  });

  holds('keeps its own copy of a body', async () => {
    const body = bytes('before');
    await store.put('copied', body);
    body.fill(0);
    (await store.get('copied'))?.body.fill(0);
    expect(await read('copied')).toBe('before');
  });

  holds('reads in pieces', async () => {
    const body = randomBytes(3_000_000);
    await store.put('pieces', body);
    const pieces: Uint8Array[] = [];
    for await (const piece of (await store.openRead('pieces'))!) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(body)).toBe(true);
    expect(await store.openRead('no pieces')).toBeUndefined();
    for await (const piece of (await store.openRead('pieces'))!) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
  });

  holds('uploads files, small, empty and of several parts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-upload-'));
    try {
      for (const body of [Buffer.from('small'), Buffer.alloc(0), randomBytes(20_000_000)]) {
        const path = join(folder, 'file');
        await writeFile(path, body);
        await store.putFile('uploaded', path);
        expect(Buffer.from((await store.get('uploaded'))!.body).equals(body)).toBe(true);
      }
      await expect(store.putFile('never', join(folder, 'missing'))).rejects.toMatchObject({
        code: 'ENOENT',
      });
      expect(await store.get('never')).toBeUndefined();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  holds('puts only where no object is', async () => {
    written(await store.put('absent', bytes('first'), { ifAbsent: true }));
    expect(await store.put('absent', bytes('first'), { ifAbsent: true })).toEqual({
      written: false,
    });
    expect(await read('absent')).toBe('first');
    await store.delete(['absent']);
    written(await store.put('absent', bytes('again'), { ifAbsent: true }));
  });

  holds('puts only over the object that was seen', async () => {
    const first = written(await store.put('seen', bytes('first')));
    const second = written(await store.put('seen', bytes('second'), { ifMatch: first }));
    expect(await store.put('seen', bytes('third'), { ifMatch: first })).toEqual({ written: false });
    expect(await read('seen')).toBe('second');
    await store.delete(['seen']);
    expect(await store.put('seen', bytes('third'), { ifMatch: second })).toEqual({
      written: false,
    });
    expect(await store.get('seen')).toBeUndefined();
  });

  for (const condition of ['ifAbsent', 'ifMatch'] as const) {
    holds(`lets exactly one of many puts with ${condition} win`, async () => {
      const key = `race-${condition}`;
      const base = condition === 'ifMatch' ? written(await store.put(key, bytes('base'))) : '';
      const outcomes = await Promise.all(
        Array.from({ length: RACERS }, (_, racer) =>
          (racer % 2 === 0 ? store : underTest.other).put(
            key,
            bytes(`racer ${racer}`),
            condition === 'ifMatch' ? { ifMatch: base } : { ifAbsent: true },
          ),
        ),
      );
      const winners = outcomes.flatMap((outcome, racer) => (outcome.written ? [racer] : []));
      expect(winners).toHaveLength(1);
      expect(await read(key)).toBe(`racer ${String(winners[0])}`);
    });
  }

  holds('loses no update to a counter that many change by ifMatch', async () => {
    await store.put('counter', bytes('0'));
    const increment = async (through: ObjectStore): Promise<void> => {
      for (;;) {
        const { body, etag } = (await through.get('counter'))!;
        const next = String(Number(Buffer.from(body).toString()) + 1);
        if ((await through.put('counter', bytes(next), { ifMatch: etag })).written) return;
      }
    };
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => increment(n % 2 === 0 ? store : underTest.other)),
    );
    expect(await read('counter')).toBe('8');
  });

  holds('lists by prefix, in UTF-8 byte order, with sizes', async () => {
    const all = ['l/a-b', 'l/a/1', 'l/a/b/2', 'l/a0', 'l/é', 'l/\uFFFD', 'l/🌊'];
    for (const [size, key] of all.entries()) await store.put(key, new Uint8Array(size));
    const listed = all.map((key, sizeBytes) => ({ key, sizeBytes }));
    expect(await list('l/')).toEqual(listed);
    expect(await keys('l/a/')).toEqual(['l/a/1', 'l/a/b/2']);
    expect(await keys('l/a/b')).toEqual(['l/a/b/2']);
    expect(await keys('l/none')).toEqual([]);
    expect(await keys('l/', 'l/a/1')).toEqual(['l/a/b/2', ...all.slice(3)]);
    expect(await keys('l/', 'l/a/zz')).toEqual(all.slice(3));
    expect(await keys('l/', 'l/🌊')).toEqual([]);
  });

  holds('lists more than one page', async () => {
    const many = Array.from({ length: 1100 }, (_, n) => `many/${String(n).padStart(4, '0')}`);
    for (let start = 0; start < many.length; start += 50) {
      await Promise.all(many.slice(start, start + 50).map((key) => store.put(key, bytes('x'))));
    }
    expect(await keys('many/')).toEqual(many);
    await store.delete(many);
    expect(await keys('many/')).toEqual([]);
  });

  holds('deletes what exists, and minds nothing else', async () => {
    await store.put('doomed/1', bytes('x'));
    await store.put('doomed/2 &', bytes('x'));
    await store.delete(['doomed/1', 'doomed/missing', 'doomed/2 &']);
    await store.delete([]);
    expect(await keys('doomed/')).toEqual([]);
  });

  holds('keeps x and x/y side by side', async () => {
    await store.put('x', bytes('above'));
    await store.put('x/y', bytes('below'));
    await store.put('x/y/z', bytes('further below'));
    expect(await keys('x')).toEqual(['x', 'x/y', 'x/y/z']);
    expect([await read('x'), await read('x/y')]).toEqual(['above', 'below']);
    await store.put('x', bytes('above again'));
    await store.delete(['x/y/z', 'x/y']);
    expect(await keys('x')).toEqual(['x']);
    expect(await store.put('x', bytes(''), { ifAbsent: true })).toEqual({ written: false });
    await store.delete(['x']);
    expect(await keys('x')).toEqual([]);
  });

  holds('keeps any key', async () => {
    for (const key of ANY_KEYS) await store.put(key, bytes(key));
    for (const key of ANY_KEYS) expect(await read(key)).toBe(key);
    const listed = await keys('');
    for (const key of ANY_KEYS) expect(listed).toContain(key);
    await store.delete(ANY_KEYS);
    for (const key of ANY_KEYS) expect(await store.get(key)).toBeUndefined();
  });

  holds('behaves as a map does', async () => {
    const segment = fc.constantFrom('a', 'b', 'é', '..', '', '%', '.tidemark', 'c'.repeat(210));
    const key = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const step = fc.oneof(
      fc.record({ kind: fc.constant('put' as const), key, body: fc.string({ maxLength: 4 }) }),
      fc.record({ kind: fc.constant('absent' as const), key, body: fc.string({ maxLength: 4 }) }),
      fc.record({ kind: fc.constant('delete' as const), key }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const model = new Map<string, string>();
        await store.delete(await keys('map/'));
        for (const each of steps) {
          const at = `map/${each.key}`;
          if (each.kind === 'delete') {
            await store.delete([at]);
            model.delete(at);
            continue;
          }
          const condition = each.kind === 'absent' ? ({ ifAbsent: true } as const) : undefined;
          const outcome = await store.put(at, bytes(each.body), condition);
          expect(outcome.written).toBe(condition === undefined || !model.has(at));
          if (outcome.written) model.set(at, each.body);
        }
        const expected = [...model.keys()].sort((left, right) =>
          Buffer.compare(Buffer.from(left), Buffer.from(right)),
        );
        expect(await keys('map/')).toEqual(expected);
        for (const [at, body] of model) expect(await read(at)).toBe(body);
      }),
      { numRuns: 25 },
    );
  });
});
