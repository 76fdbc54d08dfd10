/** Owns the checks of how a REST catalog's token is fetched and renewed. */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from '@jest/globals';
import { restAuthorization } from '../../../src/catalogs/rest/rest-authorization.js';
import { createRestCatalog } from '../../../src/catalogs/rest/rest-catalog.js';
import { REAL_WORLD } from '../../../src/catalogs/rest/rest-exchange.js';
import { ErrorCode } from '../../../src/core/errors.js';
import type { Catalog } from '../../../src/iceberg/catalog.js';
import {
  json,
  refusal,
  scriptedWorld,
  type Answer,
  type ScriptedWorld,
} from '../../support/catalog-scripted-fetch.js';

const URI = 'https://catalog.example.com';
const CREDENTIAL = 'client:se:cret&';

const catalogOf = (
  { world }: ScriptedWorld,
  options: Partial<Parameters<typeof createRestCatalog>[0]> = {},
): Catalog =>
  createRestCatalog({
    uri: URI,
    namespace: 'lake',
    location: 's3://bucket/lake',
    credential: CREDENTIAL,
    ...options,
    world,
  });

/** Gives tokens `t1`, `t2` … unless `issue` does; the catalog takes only those that `valid` likes. */
function guarded(valid: (token: string) => boolean, issue?: Answer): ScriptedWorld {
  let tokens = 0;
  const issueNext: Answer = () => {
    tokens += 1;
    return json({ access_token: `t${tokens}`, token_type: 'bearer' });
  };
  const check: Answer = ({ headers }) =>
    valid((headers['authorization'] ?? '').replace('Bearer ', ''))
      ? json({ defaults: {}, identifiers: [] })
      : refusal(401, 'expired');
  return scriptedWorld(
    (request) => (request.url.includes('token') ? (issue ?? issueNext) : check)(request),
    check,
  );
}

const tokenRequests = ({ sent }: ScriptedWorld): number =>
  sent.filter(({ url }) => url.includes('token')).length;

test('one token is fetched for all requests, by client id and secret', async () => {
  const world = guarded((token) => token === 't1');
  const catalog = catalogOf(world);
  await Promise.all([catalog.tableNames(), catalog.tableNames()]);
  await catalog.tableNames();
  expect(tokenRequests(world)).toBe(1);
  expect(world.sent[0]).toMatchObject({
    method: 'POST',
    url: `${URI}/v1/oauth/tokens`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials&client_id=client&client_secret=se%3Acret%26&scope=catalog',
  });
});

test('it is fetched where, and for what, the user says', async () => {
  const world = guarded(() => true);
  await catalogOf(world, {
    oauth2ServerUri: 'https://login.example.com/token',
    scope: 'PRINCIPAL_ROLE:ALL',
  }).tableNames();
  expect(world.sent[0]).toMatchObject({
    url: 'https://login.example.com/token',
    body: expect.stringContaining('scope=PRINCIPAL_ROLE%3AALL'),
  });
});

test('a token that is refused is renewed, once for all who held it', async () => {
  let expired = '';
  const world = guarded((token) => token !== expired);
  const catalog = catalogOf(world);
  await catalog.tableNames();
  expired = 't1';
  await Promise.all([catalog.tableNames(), catalog.tableNames(), catalog.tableNames()]);
  expect(tokenRequests(world)).toBe(2);
});

test('a catalog that refuses every token is not asked for ever', async () => {
  const world = guarded(() => false);
  await expect(catalogOf(world).tableNames()).rejects.toMatchObject({
    code: ErrorCode.AccessDenied,
    retryable: false,
  });
  expect(tokenRequests(world)).toBe(2);
});

test('a credential that is refused is told as such, and does not appear', async () => {
  const issue: Answer = () =>
    json({ error: 'invalid_client', error_description: 'Unknown client' }, 400);
  const failure: unknown = await catalogOf(guarded(() => true, issue))
    .tableNames()
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: ErrorCode.AccessDenied,
    subject: `${URI}/v1/oauth/tokens`,
    message: expect.stringContaining('Unknown client'),
    hint: expect.stringContaining('TIDEMARK_CATALOG_CREDENTIAL'),
  });
  expect(String(failure)).not.toContain('cret');
});

test('a token server that fails for a while is asked again', async () => {
  let fails = 2;
  const world = guarded(
    () => true,
    () => (fails-- > 0 ? refusal(503, 'later') : json({ access_token: 't' })),
  );
  expect(await catalogOf(world).tableNames()).toEqual([]);
});

test('a token server that gives none is none', async () => {
  const world = guarded(
    () => true,
    () => json({}),
  );
  await expect(catalogOf(world).tableNames()).rejects.toMatchObject({
    code: ErrorCode.InvalidConfig,
  });
});

test('headers go with every request, for tokens too', async () => {
  const world = guarded(() => true);
  await catalogOf(world, { headers: { 'Polaris-Realm': 'main' } }).tableNames();
  expect(world.sent.map(({ headers }) => headers['Polaris-Realm'])).toEqual(['main', 'main']);
});

describe('an address for tokens that leads elsewhere', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  /** Answers every request with `answer`; the address, and the bodies that came. */
  async function serve(
    answer: (response: ServerResponse) => void,
  ): Promise<{ readonly uri: string; readonly bodies: string[] }> {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        bodies.push(body);
        answer(response);
      });
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return { uri: `http://127.0.0.1:${String(port)}`, bodies };
  }

  test.each([301, 302, 307, 308])(
    'by %d is refused: the secret is for one server',
    async (code) => {
      const other = await serve((response) => response.end('{"access_token":"t"}'));
      const asked = await serve((response) => {
        response.writeHead(code, { location: `${other.uri}/token` }).end();
      });
      const authorization = restAuthorization(
        REAL_WORLD,
        asked.uri,
        { credential: CREDENTIAL },
        { 'polaris-realm': 'r' },
      );
      await expect(authorization.token()).rejects.toMatchObject({
        code: ErrorCode.InvalidConfig,
        message: expect.stringContaining(`leads to ${other.uri}/token`) as unknown,
        hint: expect.stringContaining('oauth2ServerUri') as unknown,
      });
      expect(other.bodies).toEqual([]);
      expect(asked.bodies).toHaveLength(1);
    },
  );
});
