/** Owns the law that a full export and the windows after it amount to the table. */
import {
  DeleteItemCommand,
  DescribeExportCommand,
  ExportTableToPointInTimeCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type ExportTableToPointInTimeCommandInput,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Item } from '../../src/export/attribute-value.js';
import { fastProfile } from '../../src/local/service-profile.js';
import {
  makeTable,
  readExportLines,
  scanAll,
  startTestDynamoDb,
  type TestDynamoDb,
} from '../support/local-aws.js';

/** With a minute of one second, windows last 15 s at least and exports 5 s. */
const profile = fastProfile(1);
const SECOND = 1_000_000n;
const WINDOW = 20n * SECOND;
const WINDOWS = 3n;

let aws: TestDynamoDb;
let tables = 0;
beforeAll(async () => {
  aws = await startTestDynamoDb({ profile });
  aws.buckets.create('exports');
});
afterAll(() => aws.close());

type Write =
  | { readonly kind: 'put' | 'delete'; readonly pk: string; readonly value: number }
  | { readonly kind: 'update'; readonly pk: string; readonly value: number }
  | { readonly kind: 'transaction'; readonly pk: string; readonly value: number };

const write: fc.Arbitrary<Write> = fc.record({
  kind: fc.constantFrom('put', 'put', 'update', 'delete', 'transaction'),
  pk: fc.integer({ min: 0, max: 5 }).map(String),
  value: fc.integer({ min: 0, max: 3 }),
});

/** Microseconds from the first window's beginning, thick about the windows' boundaries. */
const moment = fc
  .tuple(fc.bigInt({ min: 0n, max: WINDOWS }), fc.bigInt({ min: -3n, max: 3n }))
  .map(([boundary, offset]) => boundary * WINDOW + offset);

/** Eight clients write at once at each moment. */
const moments = fc.array(
  fc.record({ moment, writes: fc.array(write, { minLength: 8, maxLength: 8 }) }),
  { minLength: 1, maxLength: 8 },
);

async function carryOut(TableName: string, { kind, pk, value }: Write): Promise<void> {
  const key = { pk: { S: pk } };
  const item = { ...key, v: { N: String(value) } };
  switch (kind) {
    case 'put':
      await aws.client.send(new PutItemCommand({ TableName, Item: item }));
      return;
    case 'delete':
      await aws.client.send(new DeleteItemCommand({ TableName, Key: key }));
      return;
    case 'update':
      await aws.client.send(
        new UpdateItemCommand({
          TableName,
          Key: key,
          UpdateExpression: 'ADD n :n REMOVE v',
          ExpressionAttributeValues: { ':n': { N: String(value) } },
        }),
      );
      return;
    case 'transaction':
      await aws.client.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            { Put: { TableName, Item: item } },
            { Delete: { TableName, Key: { pk: { S: `other ${pk}` } } } },
            { Put: { TableName, Item: { pk: { S: `twin ${pk}` }, v: item.v } } },
          ],
        }),
      );
  }
}

async function exported(
  input: Omit<ExportTableToPointInTimeCommandInput, 'S3Bucket'>,
): Promise<string[]> {
  const asked = await aws.client.send(
    new ExportTableToPointInTimeCommand({ ...input, S3Bucket: 'exports' }),
  );
  aws.clock.advance(profile.exportSeconds);
  const { ExportDescription } = await aws.client.send(
    new DescribeExportCommand({ ExportArn: asked.ExportDescription!.ExportArn }),
  );
  expect(ExportDescription).toMatchObject({ ExportStatus: 'COMPLETED' });
  return readExportLines(aws.buckets.open('exports'), ExportDescription!.ExportManifest!);
}

const dateOf = (micros: bigint): Date => new Date(Number(micros / 1000n));
const nameOf = (keys: Item): string => JSON.stringify(keys['pk']);

interface ChangeRecord {
  readonly Keys: Item;
  readonly OldImage?: Item;
  readonly NewImage?: Item;
}

test('a full export and the windows after it amount to the table', async () => {
  await fc.assert(
    fc.asyncProperty(moments, fc.boolean(), async (steps, withOldImages) => {
      tables += 1;
      const tableName = `table-${tables}`;
      const TableArn = await makeTable(aws.client, tableName);
      const start = aws.clock.nowMicros() + 10n * SECOND;
      const inOrder = [...steps].sort((left, right) => Number(left.moment - right.moment));
      for (const step of inOrder) {
        aws.clock.set(start + step.moment);
        await Promise.all(step.writes.map((one) => carryOut(tableName, one)));
      }
      aws.clock.set(start + (WINDOWS + 1n) * WINDOW);

      const table = new Map<string, Item>();
      for (const line of await exported({ TableArn, ExportTime: dateOf(start) })) {
        const { Item: item } = JSON.parse(line) as { Item: Item };
        table.set(nameOf(item), item);
      }
      for (let index = 0n; index <= WINDOWS; index += 1n) {
        const from = start + index * WINDOW;
        const lines = await exported({
          TableArn,
          ExportType: 'INCREMENTAL_EXPORT',
          IncrementalExportSpecification: {
            ExportFromTime: dateOf(from),
            ExportToTime: dateOf(from + WINDOW),
            ExportViewType: withOldImages ? 'NEW_AND_OLD_IMAGES' : 'NEW_IMAGE',
          },
        });
        for (const line of lines) {
          const { Keys, OldImage, NewImage } = JSON.parse(line) as ChangeRecord;
          // The image before the window is what the exports so far amount to.
          expect(OldImage).toEqual(withOldImages ? table.get(nameOf(Keys)) : undefined);
          if (NewImage === undefined) table.delete(nameOf(Keys));
          else table.set(nameOf(Keys), NewImage);
        }
      }
      const scanned = (await scanAll(aws.client, tableName)) as Item[];
      expect([...table].sort()).toEqual(scanned.map((item) => [nameOf(item), item]).sort());
    }),
    { numRuns: 30 },
  );
});
