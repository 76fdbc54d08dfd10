/** Owns the checks of credentials, DynamoDB and the tables. */
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { isAwsEndpoint } from '../../config/aws-endpoint.js';
import { durationText } from '../../config/duration.js';
import { syncInputOf } from '../../config/sync-input-of.js';
import type { TidemarkConfig } from '../../config/tidemark-config.js';
import { tidemarkErrorOf } from '../../connectors/dynamodb/dynamodb-errors.js';
import type { AwsAccess } from '../aws-access.js';
import { findTable } from '../find-table.js';
import { failed, passed, warned, type Finding } from './finding.js';

/** Whether AWS's chain finds any credentials. */
export async function checkCredentials({ dynamodb }: AwsAccess): Promise<Finding> {
  try {
    const { accessKeyId, expiration } = await dynamodb.config.credentials();
    const until = expiration === undefined ? '' : `, until ${expiration.toISOString()}`;
    return passed('credentials', `key ${accessKeyId.slice(0, 4)}…${until}`);
  } catch (error) {
    return failed(
      'credentials',
      error,
      'Log in (`aws sso login`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID.',
    );
  }
}

/** Whether DynamoDB answers. */
export async function checkDynamoDb(aws: AwsAccess): Promise<Finding> {
  try {
    await aws.dynamodb.send(new ListTablesCommand({ Limit: 1 }));
    const whose = isAwsEndpoint(aws.endpoint) ? 'AWS' : 'not AWS';
    return passed('DynamoDB', `${aws.endpoint.origin} (${whose})`);
  } catch (error) {
    return failed('DynamoDB', tidemarkErrorOf(error, aws.endpoint.origin));
  }
}

/** Each table: its settings, whether it is there, whether its recovery is on. */
export async function* checkTables(
  aws: AwsAccess,
  config: TidemarkConfig,
  tables: readonly string[],
): AsyncGenerator<Finding, void, undefined> {
  for (const tableName of tables) yield await checkTable(aws, config, tableName);
}

async function checkTable(
  aws: AwsAccess,
  config: TidemarkConfig,
  tableName: string,
): Promise<Finding> {
  const what = `table ${tableName}`;
  try {
    const input = syncInputOf(config, tableName, aws);
    await findTable(aws, tableName);
    const pitr = await aws.tableExports.describePitr(tableName);
    const window = `windows of ${durationText(input.windowSeconds)}`;
    if (pitr.enabled) return passed(what, `recovery since ${pitr.earliestRestorable}, ${window}`);
    return warned(
      what,
      'point-in-time recovery is off',
      'Nothing to do: starting the sync switches it on.',
    );
  } catch (error) {
    return failed(what, error);
  }
}
