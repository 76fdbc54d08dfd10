/** Owns the tests of both local services together, of their pace and of their clock. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/local/clock.js';
import { startLocalAws, type LocalAws } from '../../../src/local/local-aws.js';
import { AWS_PROFILE, fastProfile } from '../../../src/local/service-profile.js';
import { dynamoDbClient, makeTable } from '../../support/local-aws.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-local-aws-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const start = (name: string, dynamodbPort = 0, s3Port = 0): Promise<LocalAws> =>
  startLocalAws({
    directory: join(directory, name),
    dynamodbPort,
    s3Port,
    tableTransitionMs: 0,
  });
const portOf = (url: string): number => Number(new URL(url).port);

describe('starting', () => {
  test('a port that is taken is told, and nothing is left behind', async () => {
    const first = await start('first');
    const s3Port = portOf(first.s3Url);
    await expect(start('second', 0, s3Port)).rejects.toMatchObject({ code: 'PortTaken' });
    await expect(start('second', portOf(first.dynamodbUrl))).rejects.toMatchObject({
      code: 'PortTaken',
    });
    const second = await start('second');
    await second.close();
    await first.close();
    const again = await start('first', portOf(first.dynamodbUrl), s3Port);
    await again.close();
  });

  test('what was there is there again', async () => {
    const first = await start('kept');
    first.createBucket('exports');
    first.createBucket('exports');
    const client = dynamoDbClient(first.dynamodbUrl);
    await makeTable(client, 'orders');
    client.destroy();
    await first.close();
    const second = await start('kept');
    const again = dynamoDbClient(second.dynamodbUrl);
    await expect(makeTable(again, 'orders')).rejects.toMatchObject({
      name: 'ResourceInUseException',
    });
    again.destroy();
    await second.close();
  });
});

describe('pace', () => {
  test('a minute of a second: everything sixty times as fast, and never less than a second', () => {
    expect(fastProfile(60)).toEqual(AWS_PROFILE);
    expect(fastProfile(1)).toMatchObject({
      minWindowSeconds: 15,
      maxWindowSeconds: 1440,
      exportSeconds: 5,
      restorableLagSeconds: 5,
      exportTokenSeconds: 480,
    });
    for (const seconds of Object.values(fastProfile(0.001))) {
      expect(seconds).toBeGreaterThanOrEqual(1);
    }
  });
});

describe("the machine's clock", () => {
  test('tells microseconds that keep to the milliseconds of Date', () => {
    const clock = systemClock();
    for (let look = 0; look < 1000; look += 1) {
      const before = BigInt(Date.now()) * 1000n;
      const now = clock.nowMicros();
      const after = BigInt(Date.now()) * 1000n;
      expect(now).toBeGreaterThanOrEqual(before - 1_000n);
      expect(now).toBeLessThanOrEqual(after + 2_000n);
    }
  });
});
