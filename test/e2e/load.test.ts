/** Owns the test of `tidemark load` as a user runs it: other people's exports, into lakes. */
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  jest,
  test,
} from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { constants, existsSync } from 'node:fs';
import { cp, open, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { S3Client } from '@aws-sdk/client-s3';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import { createS3ObjectStore } from '../../src/connectors/s3/s3-object-store.js';
import {
  ATTRIBUTE_TYPES,
  type AttributeValue,
  type Item,
} from '../../src/export/attribute-value.js';
import { watermarkOf } from '../../src/lake/load.js';
import { restCatalogs } from '../../src/processing/open-rest-catalog.js';
import { startLocalS3 } from '../../src/local/s3/start-local-s3.js';
import { openLakeQuery } from '../../src/processing/lake-query.js';
import { historyFaults, NO_FAULTS } from '../support/lake-history.js';
import { takeExports, type ExportedTable, type TakenExport } from '../support/exported-table.js';
import { INTO_LAKE, LoadFolder, WITHOUT_AWS } from '../support/load-folder.js';
import { lakeItems, sorted } from '../support/modelled-table.js';
import { startRestCatalogServer } from '../support/rest-catalog-server.js';
import { runCli, startCli, type RunningCli } from '../support/run-cli.js';
import { until } from '../support/until.js';

jest.setTimeout(300_000);

const SEED = Number(process.env['SEED'] ?? 20_261_124);
const WINDOWS = 4;

let orders: ExportedTable;
beforeAll(async () => {
  process.stdout.write(`SEED=${SEED}\n`);
  orders = await takeExports('orders', { seed: SEED, windows: WINDOWS });
});
afterAll(() => orders.close());

let here: LoadFolder;
beforeEach(async () => {
  here = await LoadFolder.make(orders);
});
afterEach(() => here.remove());

/** Keys that the full export had and a window deleted. */
function keysGone(): readonly string[] {
  const keysAt = ({ scope }: TakenExport): readonly string[] =>
    orders.stateAt(watermarkOf(scope)).map((item) => JSON.stringify(item['pk']));
  const left = new Set(keysAt(orders.windows.at(-1)!));
  return keysAt(orders.full).filter((key) => !left.has(key));
}

describe('whole exports', () => {
  test('land in any order of the command line, deletes and all; given twice they change nothing', async () => {
    const told = await here.loadWell(...here.copies().toReversed());
    expect(told.match(/^committed {2}.* rows?, .*\/s\)/gm)).toHaveLength(WINDOWS + 1);
    expect(told).toMatch(/^committed {2}full at /);
    await here.expectLake(WINDOWS);
    expect(keysGone()).not.toEqual([]);

    const before = await here.lakeFiles();
    const again = await here.loadWell(...here.copies());
    expect(again.match(/^already committed {2}/gm)).toHaveLength(WINDOWS + 1);
    expect(await here.lakeFiles()).toEqual(before);
  });

  test('a folder that holds them is enough, and a lake is continued where it stands', async () => {
    await here.loadWell(...here.copies().slice(0, 2));
    await here.expectLake(1);
    const answer = JSON.parse(await here.loadWell('copy', '--json')) as {
      watermark: string;
      complete: boolean;
      exports: { outcome: string; rows: number }[];
    };
    expect(answer).toMatchObject({
      watermark: watermarkOf(orders.windows.at(-1)!.scope),
      complete: true,
    });
    expect(answer.exports.map(({ outcome }) => outcome)).toEqual([
      ...['already-committed', 'already-committed'],
      ...Array.from({ length: WINDOWS - 1 }, () => 'committed'),
    ]);
    await here.expectLake(WINDOWS);
  });

  test('several batches of an export are settled as one', async () => {
    // The smallest batch is larger than the table: its size is made up, as trusted manifests may.
    await here.edit(here.copyOf(orders.full), 'manifest-summary.json', (text) =>
      text.replace(/"billedSizeBytes":\d+/, `"billedSizeBytes":${2 ** 40}`),
    );
    await here.loadWell('copy', '--trust-manifests');
    await here.expectLake(WINDOWS);
  });

  test('land in the catalog that is configured, and are told so where it cannot be reached', async () => {
    const config = (uri: string): Promise<void> =>
      writeFile(
        join(here.directory, 'tidemark.config.json'),
        JSON.stringify({ catalog: { uri, namespace: 'loads' } }),
      );
    await config('http://127.0.0.1:1');
    const refused = await here.load('copy');
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toMatch(/No answer came from http:\/\/127\.0\.0\.1:1\/v1\/config/);
    const server = await startRestCatalogServer();
    try {
      await config(server.uri);
      await here.loadWell('copy');
      const again = await here.loadWell('copy');
      expect(again.match(/^already committed {2}/gm)).toHaveLength(WINDOWS + 1);
      const store = createFileObjectStore({ directory: join(here.directory, 'lake') });
      const catalog = restCatalogs({})(
        { uri: server.uri, namespace: 'loads' },
        { storeUrl: store.url, lakePrefix: '' },
      );
      expect(await lakeItems(store, 'orders', { catalog })).toEqual(
        orders.stateAt(watermarkOf(orders.windows.at(-1)!.scope)),
      );
    } finally {
      await server.stop();
    }
  });

  test('are asked in SQL where they were loaded, with no AWS and no configuration', async () => {
    await here.loadWell(...here.copies().slice(0, 2));
    const ask = (...args: readonly string[]) =>
      runCli(here.directory, ['query', 'select count(*) as n from orders', ...args], WITHOUT_AWS);
    const count = orders.stateAt(watermarkOf(orders.windows[0]!.scope)).length;
    expect(await ask('--lake', 'lake', '--csv')).toMatchObject({
      code: 0,
      stdout: `n\r\n${count}\r\n`,
    });
    expect(await ask('--lake', 'elsewhere')).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/^tidemark: The lake has no table "orders"/),
    });
    expect((await ask('--lake', 'lake', '--bucket', 'other')).code).toBe(2);
  });

  test('leave their changes where these are to be kept', async () => {
    await writeFile(join(here.directory, 'tidemark.config.json'), '{ "changes": true }');
    await here.loadWell('copy');
    await here.expectLake(WINDOWS);
    const place = {
      store: createFileObjectStore({ directory: here.directory }),
      lakePrefix: 'lake',
    };
    const query = await openLakeQuery(place);
    try {
      const faults = await historyFaults(query, createFileCatalog(place), 'orders');
      expect(faults).toEqual(NO_FAULTS);
    } finally {
      await query.close();
    }
  });

  test('land in the format that is configured', async () => {
    await writeFile(join(here.directory, 'tidemark.config.json'), '{ "format": "parquet" }');
    await here.loadWell('copy');
    await here.expectLake(WINDOWS);
    const files = (await here.lakeFiles()).join('\n');
    expect(files.match(/^lake\/orders\/(full|window)\/[^/]+\/_SUCCESS /gm)).toHaveLength(
      WINDOWS + 1,
    );
  });

  test('--dry-run shows the plan as a table and leaves nothing behind', async () => {
    const [heading, ...rows] = (await here.loadWell('copy', '--dry-run')).trim().split('\n');
    expect(heading).toMatch(/^EXPORT +ACTION +RECORDS +FILES +BILLED +PLACE$/);
    expect(rows).toHaveLength(WINDOWS + 1);
    expect(rows[0]).toMatch(/^full at \S+ +load as base +\d+ +4 +\S+ \S+ +copy\//);
    here.expectNothingCommitted();
  });

  test('are found wherever they were copied to', async () => {
    const [full, first, second] = here.copies();
    await cp(join(here.directory, full!), join(here.directory, 'renamed'), { recursive: true });
    const apart = 'deep/er/AWSDynamoDB';
    await cp(join(here.directory, first!), join(here.directory, apart, basename(first!)), {
      recursive: true,
    });
    await cp(join(here.directory, first!, '../data'), join(here.directory, apart, 'data'), {
      recursive: true,
    });
    await cp(join(here.directory, second!), join(here.directory, 'alone'), { recursive: true });
    await cp(join(here.directory, second!, '../data'), join(here.directory, 'alone/data'), {
      recursive: true,
    });
    await rm(join(here.directory, 'copy'), { recursive: true });
    await here.loadWell('renamed/manifest-summary.json', 'deep', 'alone');
    await here.expectLake(2);
  });
});

test('from a bucket into a bucket: by prefix, by --lake and by configuration', async () => {
  const s3 = await startLocalS3({ directory: join(here.directory, 's3'), port: 0 });
  const client = new S3Client({
    endpoint: s3.url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    s3.createBucket('their-copies');
    s3.createBucket('our-lake');
    const theirs = createS3ObjectStore({ client, bucket: 'their-copies' });
    for await (const { key } of orders.store.list('')) {
      // The full export elsewhere than its manifests say, the windows where they do.
      const place = key.replace(
        `taken/by-others/AWSDynamoDB/${basename(orders.full.folder)}`,
        'moved',
      );
      await theirs.put(place, (await orders.store.get(key))!.body);
    }
    const env = { ...WITHOUT_AWS, AWS_ENDPOINT_URL_S3: s3.url };
    const given = ['s3://their-copies/moved/', 's3://their-copies/taken/by-others/AWSDynamoDB'];
    const into = ['--table', 'orders', '--lake', 's3://our-lake/lake'];
    expect(await runCli(here.directory, ['load', ...given, ...into], env)).toMatchObject({
      code: 0,
    });
    const state = orders.stateAt(watermarkOf(orders.windows.at(-1)!.scope));
    const ours = createS3ObjectStore({ client, bucket: 'our-lake' });
    expect(await lakeItems(ours, 'orders')).toEqual(state);

    const configured = { ...env, TIDEMARK_BUCKET: 'our-lake' };
    const again = await runCli(
      here.directory,
      ['load', 's3://their-copies', '--table', 'orders'],
      configured,
    );
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout.match(/^already committed {2}/gm)).toHaveLength(WINDOWS + 1);
    const nowhere = await runCli(
      here.directory,
      ['load', 's3://their-copies/no-such/prefix', ...into],
      env,
    );
    expect(nowhere).toMatchObject({ code: 4, stdout: '' });
    expect(nowhere.stderr).toMatch(/^tidemark: No export is to be found in s3:\/\/their-copies/);
  } finally {
    client.destroy();
    await s3.close();
  }
});

describe('a load that is ended in the middle', () => {
  /** Starts a load that waits in a data file of `folder`: a pipe takes its place. */
  async function loadUntil(folder: string): Promise<WaitingLoad> {
    const path = await here.dataFileOf(folder);
    await rename(path, `${path}.whole`);
    execFileSync('mkfifo', [path]);
    const running = startCli(here.directory, ['load', 'copy', ...INTO_LAKE], WITHOUT_AWS);
    const pipe = await readerOf(path);
    return {
      running,
      goOn: async () => {
        await pipe.writeFile(await readFile(`${path}.whole`));
        await pipe.close();
      },
      mend: async () => {
        await pipe.close();
        await rename(`${path}.whole`, path);
      },
    };
  }

  test('by kill -9, at the base and at windows, goes on and holds the same', async () => {
    // The first window is looked into for the key before anything is loaded: not that one.
    for (const done of [0, 2, 3, 4]) {
      const { running, mend } = await loadUntil(here.copies()[done]!);
      running.child.kill('SIGKILL');
      expect(await running.ended).toMatchObject({ code: null });
      await mend();
      if (done > 0) await here.expectLake(done - 1);
    }
    await here.loadWell('copy');
    await here.expectLake(WINDOWS);
  });

  test('by Ctrl-C stops before the next commit, says so, and goes on', async () => {
    const { running, goOn, mend } = await loadUntil(here.copyOf(orders.windows[2]!));
    running.child.kill('SIGINT');
    await until(() => running.said().stderr.includes('stopping…'));
    await goOn();
    const ended = await running.ended;
    expect(ended.code).toBe(130);
    expect(ended.stdout.match(/^committed {2}/gm)).toHaveLength(3);
    expect(ended.stderr).toContain(
      'stopped with 2 exports left; the same command goes on from there.',
    );
    await here.expectLake(2);
    await mend();
    await here.loadWell('copy');
    await here.expectLake(WINDOWS);
  });
});

interface WaitingLoad {
  readonly running: RunningCli;
  /** Lets it read the whole file, once. */
  readonly goOn: () => Promise<void>;
  /** Puts the file back. */
  readonly mend: () => Promise<void>;
}

/** The writing end of the pipe at `path`, once somebody reads there. */
async function readerOf(path: string): Promise<FileHandle> {
  let pipe: FileHandle | undefined;
  await until(async () => {
    pipe = await open(path, constants.O_WRONLY | constants.O_NONBLOCK).catch(() => undefined);
    return pipe !== undefined;
  });
  return pipe!;
}

const CAPTURE = join(import.meta.dirname, '../../../shared/fixtures/real-full-export');
const captureTest = existsSync(CAPTURE) ? test : test.skip;

captureTest('a real export loads, all ten types (needs the real capture)', async () => {
  const table = ['--table', 'S3ExportTest', '--lake', 'lake', '--partition-key', 'id'];
  // The capture is without its `.md5` files.
  const args = ['load', CAPTURE, '--trust-manifests', ...table];
  expect(await runCli(here.directory, args, WITHOUT_AWS)).toMatchObject({ code: 0 });
  const folder = join(CAPTURE, 'AWSDynamoDB/01715685260608-c488b4e1/data');
  const data = gunzipSync(await readFile(join(folder, 'uimbi7eofu2b5kzkxe63gsvb6i.json.gz')));
  const items = data
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { Item: Item }).Item);
  expect(new Set(items.flatMap((item) => Object.values(item).flatMap(typesIn)))).toEqual(
    new Set(ATTRIBUTE_TYPES),
  );
  const byText = (all: readonly Item[]): readonly string[] =>
    all.map((item) => JSON.stringify(Object.entries(item).sort())).sort();
  const loaded = await lakeItems(
    createFileObjectStore({ directory: here.directory }),
    'S3ExportTest',
  );
  expect(byText(loaded)).toEqual(byText(sorted(items)));
});

function typesIn(value: AttributeValue): readonly string[] {
  const inner = 'M' in value ? Object.values(value.M) : 'L' in value ? value.L : [];
  return [...Object.keys(value), ...inner.flatMap(typesIn)];
}
