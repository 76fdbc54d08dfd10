/** Owns a load from its command line on: places found, lake opened, plan made, told or carried out. */
import { batchOf } from '../../config/sync-input-of.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { Output } from '../output.js';
import type { Scope } from '../scope.js';
import { carryOut } from './carry-out.js';
import { findExports } from './find-exports.js';
import { openLazyAws, type LazyAws } from './lazy-aws.js';
import { tellPlan } from './load-text.js';
import { openLakePlace } from './open-lake-place.js';
import { planLoad, type LoadPlan } from './plan-load.js';

/** What the command line says besides the exports. */
export interface LoadOptions {
  readonly table: string;
  readonly lake?: string;
  readonly partitionKey?: string;
  readonly sortKey?: string;
  readonly trustManifests?: boolean;
  readonly dryRun?: boolean;
}

/** Loads what `places` name, or shows what would be done. */
export async function loadExports(
  scope: Scope,
  places: readonly string[],
  options: LoadOptions,
): Promise<void> {
  const aws = openLazyAws(scope.config);
  try {
    await loadWith(aws, scope, places, options);
  } finally {
    aws.close();
  }
}

async function loadWith(
  aws: LazyAws,
  { config, output }: Scope,
  places: readonly string[],
  options: LoadOptions,
): Promise<void> {
  const { table: tableName, trustManifests = false } = options;
  const keyAttributes = keyOf(options);
  const place = await openLakePlace(options.lake, tableName, config, aws.openBucket);
  const plan = await planLoad({
    folders: await findExports(places, aws.openBucket),
    tableName,
    table: place.table,
    keyAttributes,
    trustManifests,
    describe: aws.describeTable,
  });
  noteOtherName(output, plan, tableName);
  if (options.dryRun === true) {
    tellPlan(output, plan, place);
    return;
  }
  await carryOut(output, plan, place, { ...batchOf(config, tableName), trustManifests });
}

function keyOf({ partitionKey, sortKey }: LoadOptions): readonly string[] | undefined {
  if (partitionKey !== undefined)
    return [partitionKey, ...(sortKey === undefined ? [] : [sortKey])];
  if (sortKey === undefined) return undefined;
  throw new TidemarkError('--sort-key is given without --partition-key.', {
    code: ErrorCode.InvalidUsage,
    subject: '--sort-key',
    hint: 'Give both, or leave both to the lake, the windows or DynamoDB.',
  });
}

/** A typo in --table would make a new table of the lake. */
function noteOtherName(output: Output, { exports }: LoadPlan, tableName: string): void {
  const names = new Set(exports.map(({ claim }) => claim.tableArn.replace(/^.*:table\//, '')));
  const [name] = names;
  if (name === undefined || names.has(tableName)) return;
  output.note(`The exports are of the table ${name}; the lake's table is ${tableName}.`);
}
