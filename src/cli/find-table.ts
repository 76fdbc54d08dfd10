/** Owns the check that a table named on the command line exists, with help when it does not. */
import { paginateListTables } from '@aws-sdk/client-dynamodb';
import { checkTableName } from '../config/names.js';
import { didYouMean } from '../config/nearest-name.js';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { TableIdentity } from '../export/table-exports.js';
import type { AwsAccess } from './aws-access.js';

/** How many tables an error message names. */
const NAMED_TABLES = 10;

/** The table; TableNotFound tells which tables there are. */
export async function findTable(aws: AwsAccess, name: string): Promise<TableIdentity> {
  const tableName = checkTableName(name);
  try {
    return await aws.tableExports.describeTable(tableName);
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== ErrorCode.TableNotFound) throw error;
    const names = await listTables(aws).catch(() => []);
    throw new TidemarkError(`There is no table ${tableName} in ${aws.region}.`, {
      code: ErrorCode.TableNotFound,
      subject: tableName,
      hint: tablesHint(tableName, names),
      cause: error,
    });
  }
}

/** Every table of the Region, in the service's order. */
async function listTables(aws: AwsAccess): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const page of paginateListTables({ client: aws.dynamodb }, {})) {
    names.push(...(page.TableNames ?? []));
  }
  return names;
}

function tablesHint(tableName: string, names: readonly string[]): string {
  if (names.length === 0)
    return 'No table is to be seen there; check Region, account and endpoint.';
  const more = names.length > NAMED_TABLES ? `, and ${names.length - NAMED_TABLES} more` : '';
  const tables = `Tables there: ${names.slice(0, NAMED_TABLES).join(', ')}${more}.`;
  return [didYouMean(tableName, names), tables].filter((part) => part !== '').join(' ');
}
