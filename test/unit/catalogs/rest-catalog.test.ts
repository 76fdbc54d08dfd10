/** Owns the checks of how the REST catalog asks, waits and gives up. */
import { describe, expect, test } from '@jest/globals';
import { createRestCatalog } from '../../../src/catalogs/rest/rest-catalog.js';
import { ErrorCode } from '../../../src/core/errors.js';
import type { Catalog } from '../../../src/iceberg/catalog.js';
import { formatTableMetadata } from '../../../src/iceberg/metadata-json.js';
import type { TableMetadata } from '../../../src/iceberg/table-metadata.js';
import {
  json,
  refusal,
  scriptedWorld,
  type Answer,
  type ScriptedWorld,
} from '../../support/catalog-scripted-fetch.js';
import { appendCommit, nextSnapshot, tableMetadata } from '../../support/catalog-tables.js';

const URI = 'https://catalog.example.com/iceberg';
const METADATA = tableMetadata('s3://bucket/lake/orders');

const catalogOf = (
  { world }: Pick<ScriptedWorld, 'world'>,
  options: Partial<Parameters<typeof createRestCatalog>[0]> = {},
): Catalog =>
  createRestCatalog({
    uri: `${URI}/`,
    namespace: 'lake.raw',
    location: 's3://bucket/lake/',
    ...options,
    world,
  });

const tableAnswer = (metadata: TableMetadata = METADATA): Response =>
  new Response(
    `{"metadata-location":"s3://bucket/m.json","metadata":${formatTableMetadata(metadata)}}`,
  );
/** Gives the answers in turn, the last one for ever. */
const inTurn = (...answers: readonly Answer[]): Answer => {
  let next = 0;
  return (request) => answers[Math.min(next++, answers.length - 1)]!(request);
};
const silence: Answer = () => Promise.reject(new TypeError('fetch failed'));

describe('addresses', () => {
  test('have the prefix and the separator that the catalog asks for', async () => {
    const scripted = scriptedWorld(
      () => tableAnswer(),
      ({ url }) => {
        expect(url).toBe(`${URI}/v1/config?warehouse=my+house`);
        const defaults = { prefix: 'not/this', 'namespace-separator': '%2E' };
        return json({ defaults, overrides: { prefix: 'p/1' } });
      },
    );
    const catalog = catalogOf(scripted, { warehouse: 'my house' });
    expect(await catalog.loadTable('a.b c/d')).toEqual({
      metadata: METADATA,
      metadataLocation: 's3://bucket/m.json',
    });
    const [request] = scripted.sent;
    expect(request?.url).toBe(`${URI}/v1/p/1/namespaces/lake%2Eraw/tables/a.b%20c%2Fd`);
  });

  test('have neither when it asks for none, and the headers of the user', async () => {
    const scripted = scriptedWorld(() => refusal(404, 'no'));
    const catalog = catalogOf(scripted, { headers: { 'x-realm': 'r' }, token: 'secret' });
    expect(await catalog.loadTable('orders')).toBeUndefined();
    expect(scripted.sent).toMatchObject([
      {
        url: `${URI}/v1/namespaces/lake%1Fraw/tables/orders`,
        headers: { 'x-realm': 'r', authorization: 'Bearer secret' },
      },
    ]);
  });

  test('a new table lies under the location', () => {
    expect(catalogOf(scriptedWorld(silence)).locationOf('orders')).toBe('s3://bucket/lake/orders');
  });

  test.each(['', 'a..b', '.a'])('the namespace %j is refused', (namespace) => {
    expect(() => catalogOf(scriptedWorld(silence), { namespace })).toThrow(
      expect.objectContaining({ code: ErrorCode.InvalidConfig }),
    );
  });
});

describe('failures say what to do', () => {
  test.each([
    [401, ErrorCode.AccessDenied, false],
    [403, ErrorCode.AccessDenied, false],
    [400, ErrorCode.InvalidConfig, false],
    [429, ErrorCode.Throttled, true],
    [503, ErrorCode.Throttled, true],
    [500, ErrorCode.Unreachable, true],
  ] as const)('%d is %s', async (status, code, retryable) => {
    const catalog = catalogOf(scriptedWorld(() => refusal(status, 'so it is')));
    for (const call of [catalog.loadTable('orders'), catalog.tableNames()]) {
      await expect(call).rejects.toMatchObject({
        code,
        retryable,
        message: expect.stringContaining('so it is'),
      });
    }
  });

  test('silence is Unreachable', async () => {
    await expect(catalogOf(scriptedWorld(silence)).loadTable('orders')).rejects.toMatchObject({
      code: ErrorCode.Unreachable,
      retryable: true,
      hint: expect.stringContaining('uri'),
    });
  });

  test.each<[string, string, Answer]>([
    ['a page', ErrorCode.InvalidConfig, () => new Response('<html>')],
    ['JSON of another kind', ErrorCode.InvalidConfig, () => json({ hello: 'world' })],
    ['404', ErrorCode.NotFound, () => refusal(404, 'what?')],
    ['401', ErrorCode.AccessDenied, () => refusal(401, 'who?')],
  ])('a uri that answers with %s is no catalog', async (_what, code, config) => {
    const catalog = catalogOf(scriptedWorld(() => tableAnswer(), config));
    await expect(catalog.loadTable('orders')).rejects.toMatchObject({
      code,
      hint: expect.stringMatching(/uri|TIDEMARK_CATALOG_TOKEN/),
    });
  });

  test('an answer without metadata is not of the protocol', async () => {
    const catalog = catalogOf(scriptedWorld(() => json({ 'metadata-location': 's3://b/m' })));
    await expect(catalog.loadTable('orders')).rejects.toMatchObject({
      code: ErrorCode.InvalidConfig,
    });
  });
});

test('a catalog may send its clients to another address', async () => {
  const scripted = scriptedWorld(
    () => tableAnswer(),
    () => json({ overrides: { uri: 'https://there.example.com/' } }),
  );
  await catalogOf(scripted).loadTable('orders');
  expect(scripted.sent[0]?.url).toMatch(/^https:\/\/there\.example\.com\/v1\/namespaces/);
});

describe('patience', () => {
  test('asks again, after as long as it was asked to wait', async () => {
    const scripted = scriptedWorld(
      inTurn(
        () => json({}, 503, { 'retry-after': '7' }),
        silence,
        () => json({}, 429, { 'retry-after': '86400' }),
        () => tableAnswer(),
      ),
    );
    expect((await catalogOf(scripted).loadTable('orders'))?.metadata).toEqual(METADATA);
    const [first, second, third] = scripted.pauses;
    expect(first).toBe(7000);
    expect(second).toBeLessThan(2000);
    expect(third).toBe(20_000);
  });

  test('ends', async () => {
    const scripted = scriptedWorld(() => json({}, 503, { 'retry-after': '30' }));
    await expect(catalogOf(scripted).loadTable('orders')).rejects.toMatchObject({
      code: ErrorCode.Throttled,
      retryAfterSeconds: 30,
    });
    expect(scripted.sent).toHaveLength(5);
  });

  test('is no reason to forget the configuration, nor to keep a failed one', async () => {
    let configs = 0;
    const scripted = scriptedWorld(
      () => tableAnswer(),
      () => {
        configs += 1;
        return configs <= 5 ? json({}, 500) : json({ overrides: {} });
      },
    );
    const catalog = catalogOf(scripted);
    await expect(catalog.loadTable('orders')).rejects.toMatchObject({ retryable: true });
    await catalog.loadTable('orders');
    await catalog.loadTable('orders');
    expect(configs).toBe(6);
  });
});

describe('a commit whose answer is lost', () => {
  const snapshot = nextSnapshot(METADATA);
  const commit = appendCommit(METADATA, { watermark: 'T' }, snapshot);
  const after = { ...METADATA, snapshots: [snapshot] };
  /** `posts` answers the commits in turn, `table` every look at the table. */
  const scripted = (table: Answer, ...posts: readonly Answer[]): ScriptedWorld => {
    const post = inTurn(...posts);
    return scriptedWorld((request) => (request.method === 'POST' ? post : table)(request));
  };
  const posts = ({ sent }: ScriptedWorld): number =>
    sent.filter(({ method }) => method === 'POST').length;

  test.each<[string, Answer]>([
    ['silence', silence],
    ['500', () => refusal(500, 'oh')],
    ['502', () => refusal(502, 'oh')],
    ['503', () => refusal(503, 'oh')],
    ['504', () => refusal(504, 'oh')],
    ['half a body', () => new Response('{"metadata-location":"s3://bu')],
  ])('in %s is found in the table', async (_what, lost) => {
    const world = scripted(() => tableAnswer(after), lost);
    const outcome = await catalogOf(world).commit('orders', commit);
    expect(outcome).toMatchObject({ outcome: 'committed', table: { metadata: after } });
    expect(posts(world)).toBe(1);
  });

  test('and which did not take place is sent again', async () => {
    const world = scripted(
      () => tableAnswer(),
      silence,
      () => tableAnswer(after),
    );
    const outcome = await catalogOf(world).commit('orders', commit);
    expect(outcome).toMatchObject({ outcome: 'committed' });
    const [first, , second] = world.sent;
    expect(first?.body).toBe(second?.body);
    expect(first?.body).toContain(`"snapshot-id":${snapshot['snapshot-id'].toString()}`);
  });

  test('and whose repetition is refused because of it has taken place', async () => {
    const table = inTurn(
      () => tableAnswer(),
      () => tableAnswer(after),
    );
    for (const status of [409, 400]) {
      const world = scripted(table, silence, () => refusal(status, 'there already'));
      expect(await catalogOf(world).commit('orders', commit)).toMatchObject({
        outcome: 'committed',
      });
    }
  });

  test('and whose repetition is refused for another one has not', async () => {
    const world = scripted(
      () => tableAnswer(),
      silence,
      () => refusal(409, 'main has changed'),
    );
    expect(await catalogOf(world).commit('orders', commit)).toMatchObject({
      outcome: 'conflict',
      reason: expect.stringContaining('main has changed'),
    });
  });

  test('is not guessed about when nothing tells', async () => {
    const unknown = { code: ErrorCode.Unreachable, retryable: true, subject: 'orders' };
    const always = scripted(() => tableAnswer(), silence);
    await expect(catalogOf(always).commit('orders', commit)).rejects.toMatchObject(unknown);
    expect(posts(always)).toBe(5);
    const blind = scripted(silence, silence);
    await expect(catalogOf(blind).commit('orders', commit)).rejects.toMatchObject(unknown);
    const unmarked = scripted(
      () => tableAnswer(),
      silence,
      () => refusal(409, 'changed'),
    );
    const { requirements } = commit;
    const updates = [{ action: 'set-properties', updates: { a: '1' } }] as const;
    await expect(
      catalogOf(unmarked).commit('orders', { requirements, updates }),
    ).rejects.toMatchObject(unknown);
  });

  test('is not one that was put off or refused', async () => {
    const later = scripted(silence, () => refusal(429, 'later'));
    await expect(catalogOf(later).commit('orders', commit)).rejects.toMatchObject({
      code: ErrorCode.Throttled,
    });
    const denied = scripted(silence, () => refusal(403, 'no'));
    await expect(catalogOf(denied).commit('orders', commit)).rejects.toMatchObject({
      code: ErrorCode.AccessDenied,
    });
    expect(posts(denied)).toBe(1);
  });
});

describe('a new table in a namespace that is not there', () => {
  test('has it made, level by level', async () => {
    const made: unknown[] = [];
    const scripted = scriptedWorld(({ url, body }) => {
      if (!url.endsWith('/v1/namespaces')) {
        return made.length === 2 ? tableAnswer() : refusal(404, 'no namespace');
      }
      made.push(JSON.parse(body));
      return made.length === 1 ? refusal(409, 'there already') : json({});
    });
    const outcome = await catalogOf(scripted).createTable('orders', METADATA);
    expect(outcome).toMatchObject({ outcome: 'committed' });
    expect(made).toEqual([
      { namespace: ['lake'], properties: {} },
      { namespace: ['lake', 'raw'], properties: {} },
    ]);
  });

  test('is refused with it', async () => {
    const scripted = scriptedWorld(({ url }) =>
      url.endsWith('/v1/namespaces') ? refusal(403, 'not yours') : refusal(404, 'no namespace'),
    );
    await expect(catalogOf(scripted).createTable('orders', METADATA)).rejects.toMatchObject({
      code: ErrorCode.AccessDenied,
      message: expect.stringContaining('not yours'),
    });
  });
});

describe('pages of names', () => {
  test('are all asked for', async () => {
    const page = (names: readonly string[], token?: string): Response =>
      json({
        identifiers: names.map((name) => ({ namespace: ['lake', 'raw'], name })),
        'next-page-token': token ?? null,
      });
    const scripted = scriptedWorld(({ url }) =>
      url.endsWith('?pageToken=2+%261') ? page(['a', 'B']) : page(['c'], '2 &1'),
    );
    expect(await catalogOf(scripted).tableNames()).toEqual(['B', 'a', 'c']);
  });

  test('that never end are refused', async () => {
    const scripted = scriptedWorld(() => json({ identifiers: [], 'next-page-token': 'again' }));
    await expect(catalogOf(scripted).tableNames()).rejects.toMatchObject({
      code: ErrorCode.InvalidConfig,
    });
  });
});
