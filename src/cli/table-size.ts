/** Owns how large a table is, as DynamoDB tells. */
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { AwsAccess } from './aws-access.js';
import { findTable } from './find-table.js';

/** As of some time in the last six hours or so, which is how often DynamoDB counts. */
export interface TableSize {
  readonly sizeBytes: number;
  readonly items: number;
}

/** The size of a table; TableNotFound tells which tables there are. */
export async function sizeOfTable(aws: AwsAccess, tableName: string): Promise<TableSize> {
  await findTable(aws, tableName);
  const { Table } = await aws.dynamodb.send(new DescribeTableCommand({ TableName: tableName }));
  return { sizeBytes: Table?.TableSizeBytes ?? 0, items: Table?.ItemCount ?? 0 };
}
