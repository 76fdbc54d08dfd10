/** Owns which Region's sync of a table is meant. */
import { checkTableName } from '../config/names.js';
import { didYouMean } from '../config/nearest-name.js';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { TemporalAccess } from '../temporal/connect.js';
import { listTableSyncs, type ListedSync } from '../temporal/table-syncs.js';
import type { Scope } from './scope.js';

/**
 * The sync of `name`: by the configured Region, else by the only one there is. Needs no AWS, since
 * Temporal knows. NotFound tells which syncs there are.
 */
export async function findSync(
  scope: Scope,
  temporal: TemporalAccess,
  name: string,
): Promise<ListedSync> {
  const tableName = checkTableName(name);
  const syncs = await listTableSyncs(temporal, { all: true });
  const named = syncs.filter((sync) => sync.tableName === tableName);
  const region =
    scope.config.region ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'];
  const inRegion = named.find((sync) => sync.region === region);
  const [only, ...others] = named;
  if (inRegion !== undefined) return inRegion;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) {
    const regions = named.map((sync) => sync.region).join(', ');
    throw new TidemarkError(`${tableName} is kept in step in several Regions: ${regions}.`, {
      code: ErrorCode.InvalidUsage,
      subject: tableName,
      hint: 'Say which one by AWS_REGION.',
    });
  }
  const known = syncs.map((sync) => sync.tableName);
  const guess = didYouMean(tableName, known);
  throw new TidemarkError(`There is no sync of ${tableName}.`, {
    code: ErrorCode.NotFound,
    subject: tableName,
    hint: guess === '' ? `Start it with \`tidemark start ${tableName}\`.` : guess,
  });
}
