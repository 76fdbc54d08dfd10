/** Owns the product as a newcomer meets it: `up`, on the real Temporal server and the local AWS. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { S3Client } from '@aws-sdk/client-s3';
import { DEMO_BUCKET } from '../../src/cli/up/stack-environment.js';
import { createS3ObjectStore } from '../../src/connectors/s3/s3-object-store.js';
import { findTemporal } from '../../src/local/programs/find-temporal.js';
import { chromiumPath, launchChromium } from '../support/chromium.js';
import { UpFolder, type RunningUp } from '../support/running-up.js';

const run = promisify(execFile);
const WORKFLOW_ID = 'tidemark/us-east-1/orders';

let folder: UpFolder;
beforeEach(async () => {
  folder = await UpFolder.make();
});
afterEach(async () => {
  for (const line of folder.processes()) process.kill(Number.parseInt(line, 10), 'SIGKILL');
  await folder.remove();
});

/** `[from, to]` of every committed window, in order, and the base's export time. */
async function committedWindows(up: RunningUp): Promise<{ base: string; windows: string[][] }> {
  const [match] = await up.shows(/AWS_ENDPOINT_URL_S3=(\S+)/);
  const client = new S3Client({
    endpoint: match![1]!,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const store = createS3ObjectStore({ client, bucket: DEMO_BUCKET });
  const keys: string[] = [];
  for await (const { key } of store.list('lake/orders/')) {
    if (key.endsWith('/_SUCCESS')) keys.push(key);
  }
  client.destroy();
  const windows = keys
    .map((key) => /\/window\/(\d{8}T\d{6}Z)-(\d{8}T\d{6}Z)\//.exec(key))
    .filter((match) => match !== null)
    .map(([, from, to]) => [from!, to!]);
  const base = keys.map((key) => /\/full\/(\d{8}T\d{6}Z)\//.exec(key)?.[1]).find(Boolean);
  return { base: base!, windows };
}

function expectTiled({ base, windows }: { base: string; windows: string[][] }): void {
  let end = base;
  for (const [from, to] of windows) {
    expect(from).toBe(end);
    end = to!;
  }
}

test('three windows, then the proof that lake and table are equal, and nothing left', async () => {
  const { code, output } = await folder.up('--windows', '3').ended;
  expect(output).toMatch(/clock: 1 minute = 1 s/);
  expect(output.match(/^✔ \d\d:\d\d.*–.* rows/gm)).toHaveLength(3);
  expect(output).toMatch(/table +(\d+) items .*\n +lake +\1 rows/);
  expect(output).toMatch(/✔ equal/);
  expect(code).toBe(0);
  expect(folder.processes()).toEqual([]);
}, 600_000);

const browserPath = chromiumPath();

describe('while it runs', () => {
  (browserPath === undefined ? test.skip : test)(
    'its page in Temporal Web shows the status table and readable summaries',
    async () => {
      const up = folder.up();
      const [link] = await up.shows(/^started \S+: (http\S+)/);
      await up.shows(/^✔ .*–/, 1);
      const browser = await launchChromium(browserPath!);
      try {
        const page = await browser.newPage();
        await page.goto(link![1]!);
        await page.getByText('User Metadata').click();
        let text = '';
        // The page shows the details' markdown in a frame of its own, and puts another in its place
        // when they change: one that goes while it is read has no text.
        for (let looks = 0; looks < 100 && !text.includes('Full loads'); looks++) {
          await delay(200);
          const bodies = page.frames().map((frame) =>
            frame
              .locator('body')
              .innerText()
              .catch(() => ''),
          );
          text = (await Promise.all(bodies)).join('\n');
        }
        expect(text).toMatch(/Running/);
        expect(text).toMatch(/State\s+(following|exporting|loading)/);
        expect(text).toMatch(/Watermark\s+\d{4}-\d\d-\d\dT/);
        expect(text).toMatch(/export \d\d:\d\d.*–\d\d:\d\d/);
        expect(text).toMatch(/sleep until \d\d:\d\d/);
      } finally {
        await browser.close();
      }
      up.kill('SIGINT');
      expect((await up.ended).code).toBe(0);
    },
    300_000,
  );

  test('the stock Temporal CLI pauses it, and the README commands answer', async () => {
    const examples = fileURLToPath(new URL('../../examples', import.meta.url));
    const up = folder.up('--dags', examples);
    await up.shows(/^✔ .*–/, 1);
    const [address] = await up.shows(/TEMPORAL_ADDRESS=(\S+)/);
    const temporal = await findTemporal(() => undefined);
    const signal = ['workflow', 'signal', '--workflow-id', WORKFLOW_ID, '--name', 'pause'];
    await run(temporal, [...signal, '--address', address![1]!]);
    await up.shows(/paused/);

    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const [, block] = /second terminal:\n\n```sh\n([^`]+)```/.exec(readme) ?? [];
    const [, dagBlock] = /window that lands:\n\n```sh\n([^`]+)```/.exec(readme) ?? [];
    const commands = `${block!}${dagBlock!}`.trim().split('\n');
    expect(commands.length).toBeGreaterThan(8);
    for (const command of commands) {
      const [, args] = /^npx tidemark (.*)$/.exec(command) ?? [];
      const words = [...args!.matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, bare]) => quoted ?? bare!,
      );
      const { code, output } = await folder.run(...words);
      expect({ command, code, output }).toMatchObject({ code: 0 });
      expect(output.length).toBeGreaterThan(20);
    }
    up.kill('SIGINT');
    const { code, output } = await up.ended;
    expect(output).toMatch(/nothing is left running/);
    expect(code).toBe(0);
    expect(folder.processes()).toEqual([]);
  }, 300_000);
});

test('killed at any moment, worker or all, it goes on: no window missing or doubled', async () => {
  let up = folder.up();
  // Each in the middle of something; a window that was killed comes again.
  for (const moment of [
    /exporting: export full/,
    /exporting: export \d\d:.*–/,
    /loading: load \d\d:.*–/,
  ]) {
    await up.shows(moment);
    const [worker] = up.childrenLike('worker');
    process.kill(worker!, 'SIGKILL');
    await up.shows(/worker ended with SIGKILL/);
    await up.shows(/^✔ /);
    up.kill('SIGKILL');
    await up.ended;
    up = folder.up();
  }
  await up.shows(/^✔ .*–/, 2);
  expectTiled(await committedWindows(up));
  up.kill('SIGTERM');
  await up.ended;
  const { code, output } = await folder.up('--windows', '1').ended;
  expect(output).toMatch(/✔ equal/);
  expect(code).toBe(0);
  expect(folder.processes()).toEqual([]);
}, 600_000);
