/** Owns the test of what `tidemark load` refuses: broken chains, what does not verify, a wrong key. */
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
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { takeExports, type ExportedTable } from '../support/exported-table.js';
import { INTO_LAKE, LoadFolder, WITHOUT_AWS } from '../support/load-folder.js';
import { runCli } from '../support/run-cli.js';

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

describe('a chain that does not hold is refused before anything is committed', () => {
  test('a missing window is named', async () => {
    const [full, first, , third] = here.copies();
    const { scope } = orders.windows[1]!;
    const { from, to } = scope.kind === 'incremental' ? scope.window : { from: '', to: '' };
    await here.expectRefusal([third!, first!, full!], {
      code: 1,
      says: new RegExp(`^tidemark: The window \\[${from}, ${to}\\) is missing: `),
      hint: `tidemark export orders --from ${from} --to ${to}`,
    });
    here.expectNothingCommitted();
  });

  test('windows that overlap', async () => {
    await here.edit(here.copyOf(orders.windows[1]!), 'manifest-summary.json', (text) =>
      text.replace('"exportFromTime":"2026-11-24T08:30:', '"exportFromTime":"2026-11-24T08:25:'),
    );
    await here.expectRefusal(['copy', '--trust-manifests'], {
      code: 1,
      says: /^tidemark: The window .* overlaps what is there up to /,
      hint: 'Leave out one of the two.',
    });
    here.expectNothingCommitted();
  });

  test('windows after a full export taken within a second, which alone is loaded', async () => {
    const [full] = here.copies();
    await here.edit(full!, 'manifest-summary.json', (text) =>
      text.replace(/("exportTime":"[^"]*)\.000Z"/, '$1.608Z"'),
    );
    const says =
      /^tidemark: The window .* cannot follow a full export taken at \S+\.608Z: an item that was new /;
    const hint = 'Give a full export of a whole second';
    await here.expectRefusal(['copy', '--trust-manifests'], { code: 1, says, hint });
    here.expectNothingCommitted();
    await here.loadWell(full!, '--trust-manifests', '--partition-key', 'pk');
    await here.expectRefusal(['copy', '--trust-manifests'], { code: 1, says, hint });
    await here.expectLake(0);
  });

  test('windows without a full export', async () => {
    await here.expectRefusal(here.copies().slice(1), {
      code: 1,
      says: /^tidemark: The window .* has no full export to follow\./,
      hint: 'Give the full export of ',
    });
    here.expectNothingCommitted();
  });

  test('an export of another table id, among the exports and on the lake', async () => {
    const [full, first, second] = here.copies();
    await here.loadWell(full!, first!);
    await here.edit(second!, 'manifest-summary.json', (text) =>
      text.replace(/"tableId":"[^"]*"/, '"tableId":"made-anew"'),
    );
    const says = /^tidemark: copy\/\S+ is an export of table id made-anew, .* of [0-9a-f-]{36}\.$/m;
    for (const args of [[second!], ['copy']]) {
      await here.expectRefusal([...args, '--trust-manifests'], {
        code: 1,
        says,
        hint: 'another table',
      });
    }
    await here.expectLake(1);
  });
});

describe('what does not verify', () => {
  test('an edited manifest is refused, and taken with --trust-manifests', async () => {
    const [full, first] = here.copies();
    await here.edit(full!, 'manifest-files.json', (text) => text.replaceAll(/-1"/g, '-2"'));
    await here.edit(first!, 'manifest-summary.json', (text) => `${text} `);
    await here.expectRefusal([full!], {
      code: 1,
      says: /^tidemark: Export object \S+manifest-files\.json in copy\/\S+ has MD5 \S+ where \S+\.md5 says /,
      hint: '--trust-manifests',
    });
    await rm(join(here.directory, first!, 'manifest-summary.md5'));
    await here.expectRefusal([first!], {
      code: 1,
      says: /^tidemark: Export object manifest-summary\.md5 in copy\/\S+ does not exist/,
      hint: '--trust-manifests',
    });
    here.expectNothingCommitted();
    await here.loadWell('copy', '--trust-manifests');
    await here.expectLake(WINDOWS);
  });

  test.each([
    ['a damaged data file', /has MD5|is not gzip|cannot be read/, (path: string) => damage(path)],
    ['a missing data file', /is not found/, (path: string) => rm(path)],
  ])(
    '%s stops the load there, trusted manifests or not; mended, it goes on',
    async (_what, says, harm) => {
      const second = here.copyOf(orders.windows[1]!);
      const path = await here.dataFileOf(second);
      const whole = await readFile(path);
      await harm(path);
      for (const trust of [[], ['--trust-manifests']]) {
        const ended = await here.load('copy', ...trust);
        expect(ended.code).toBe(1);
        expect(ended.stderr).toMatch(says);
        expect(ended.stderr).toContain(basename(path));
        expect(ended.stderr).toContain(second);
        await here.expectLake(1);
      }
      await writeFile(path, whole);
      await here.loadWell('copy');
      await here.expectLake(WINDOWS);
    },
  );
});

async function damage(path: string): Promise<void> {
  const body = await readFile(path);
  body[body.length - 6]! ^= 1;
  await writeFile(path, body);
}

describe('the key of the table', () => {
  test('is asked for where nothing tells it; DynamoDB does, and so does the command line', async () => {
    const full = here.copyOf(orders.full);
    await here.expectRefusal([full], {
      code: 2,
      says: /^tidemark: The table's key attributes are not known/,
      hint: '--partition-key NAME',
    });
    here.expectNothingCommitted();
    const env = { ...WITHOUT_AWS, AWS_ENDPOINT_URL_DYNAMODB: orders.dynamo.service.url };
    const asked = await runCli(
      here.directory,
      ['load', full, '--dry-run', '--json', ...INTO_LAKE],
      env,
    );
    expect(JSON.parse(asked.stdout)).toMatchObject({ keyAttributes: ['pk'] });
    await here.loadWell(full, '--partition-key', 'pk');
    await here.expectLake(0);
  });

  test('is not taken against what windows or lake have', async () => {
    await here.expectRefusal(['copy', '--partition-key', 'user-name'], {
      code: 2,
      says: /^tidemark: The key is "pk" in copy\/\S+, and would be "user-name" in this load\./,
      hint: 'Nothing was committed.',
    });
    here.expectNothingCommitted();
    await here.loadWell(here.copyOf(orders.full), '--partition-key', 'pk');
    await here.expectRefusal(['copy', '--partition-key', 'pk', '--sort-key', 'amount'], {
      code: 2,
      says: /^tidemark: The key is "pk" in the lake, and would be "pk" and "amount" in this load\./,
      hint: 'Nothing was committed.',
    });
  });
});
