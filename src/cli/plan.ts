/** Owns `tidemark plan`: freshness against dollars, before anything is started. */
import { Command } from 'commander';
import { syncInputOf } from '../config/sync-input-of.js';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { AWS_LIMITS } from '../core/service-limits.js';
import { planTableCost } from '../cost/plan-table-cost.js';
import { EXPORT_SECONDS, LOAD_SECONDS } from '../cost/window-use.js';
import { overlapRefused } from '../lake/earlier-exports.js';
import type { TableSyncInput } from '../sync/table-sync-input.js';
import type { TableSyncStatus } from '../sync/table-sync-status.js';
import { widthBounds } from '../sync/width-bounds.js';
import { connectionSettings } from '../temporal/connect.js';
import { isTemporalCloud } from '../temporal/is-temporal-cloud.js';
import { seeTableSync } from '../temporal/table-syncs.js';
import type { AwsAccess } from './aws-access.js';
import { changeRateArgument, changeRateOf, measuredLag, RATE_FORM } from './plan/change-rate.js';
import { planLines, type ToldPlan } from './plan/plan-text.js';
import { openScope, withAws, withTemporal, type Scope } from './scope.js';
import { sizeOfTable } from './table-size.js';

/** The command. */
export function planCommand(): Command {
  return new Command('plan')
    .summary('show what a table would cost, by how fresh it is')
    .description(
      'Shows for windows from the narrowest to the widest how fresh the lake would be and what that\n' +
        'costs a month: exports, S3 requests, Temporal actions. Starts nothing and changes nothing.',
    )
    .argument(
      '[table...]',
      'names of DynamoDB tables; those of the configuration when none is named',
    )
    .option('--change-rate <rate>', RATE_FORM, changeRateArgument)
    .addHelpText(
      'after',
      '\nOf a table that is kept in step already, the last windows tell how much changes.\n' +
        '\nExamples:\n  $ tidemark plan orders\n  $ tidemark plan orders --change-rate 200MB/h --json\n',
    )
    .action(async (tables: string[], options: { changeRate?: number }, command: Command) => {
      const scope = await openScope(command);
      await withAws(scope, async (aws) => {
        for (const table of new Set(tables.length > 0 ? tables : configuredTables(scope))) {
          const plan = await planOf(scope, aws, table, options.changeRate);
          scope.output.json(plan);
          for (const line of planLines(plan, scope.output)) scope.output.line(line);
        }
      });
    });
}

function configuredTables({ config }: Scope): readonly string[] {
  const tables = Object.keys(config.tables ?? {});
  if (tables.length > 0) return tables;
  throw new TidemarkError('No table is named, and the configuration names none.', {
    code: ErrorCode.InvalidUsage,
    subject: 'table',
    hint: 'Say `tidemark plan TABLE`, or set tables in tidemark.config.ts.',
  });
}

async function planOf(
  scope: Scope,
  aws: AwsAccess,
  tableName: string,
  toldRate: number | undefined,
): Promise<ToldPlan> {
  const size = await sizeOfTable(aws, tableName);
  const input = planInputOf(scope, aws, tableName);
  const status = await statusIfRunning(scope, aws, tableName);
  const rate = changeRateOf(toldRate, status, size);
  const lag = measuredLag(status);
  const { adaptive, budgetMicros } = input;
  const { narrowestSeconds: windowSeconds, widestSeconds } = widthBounds(
    input,
    status?.exportTimes,
  );
  // Where minutes are shorter than AWS's, so are exports.
  const pace = input.limits.minWindowSeconds / AWS_LIMITS.minWindowSeconds;
  const { address = '' } = connectionSettings(scope.config.temporal).connection;
  const plan = planTableCost({
    narrowestSeconds: input.limits.minWindowSeconds,
    widestSeconds: input.limits.maxWindowSeconds,
    tableBytes: size.sizeBytes,
    changeBytesPerSecond: rate.bytesPerSecond,
    pollSeconds: input.pollSeconds,
    exportSeconds: EXPORT_SECONDS * pace,
    loadSeconds: LOAD_SECONDS * pace,
    ...(lag === undefined ? {} : { lagSeconds: lag }),
    ...(input.auditEverySeconds === undefined
      ? {}
      : { auditEverySeconds: input.auditEverySeconds }),
    minExportSeconds: input.limits.minWindowSeconds,
    also: [windowSeconds, ...overlappingWidths(input)],
  });
  return {
    tableName,
    region: aws.region,
    size,
    changeRate: rate,
    windowSeconds,
    widestSeconds,
    isRunning: status !== undefined,
    timesFaster: Math.round(1 / pace),
    actionsAreBilled: isTemporalCloud(address),
    ...(adaptive === undefined ? {} : { adaptive }),
    ...(budgetMicros === undefined ? {} : { budgetMicros }),
    ...plan,
  };
}

/** A width below the shortest export, which exports that overlap make possible; none where they cannot be loaded. */
function overlappingWidths({
  limits,
  lakeFormat,
  tableOptions,
}: TableSyncInput): readonly number[] {
  const isRefused = overlapRefused(lakeFormat ?? 'parquet', tableOptions ?? {}) !== undefined;
  return isRefused ? [] : [Math.max(1, Math.round(limits.minWindowSeconds / 3))];
}

/** Without a bucket too: a plan puts nothing anywhere. */
function planInputOf(scope: Scope, aws: AwsAccess, tableName: string): TableSyncInput {
  return syncInputOf({ bucket: 'no-bucket-is-needed', ...scope.config }, tableName, aws);
}

/** A plan needs no Temporal: where none answers, nothing was measured. */
async function statusIfRunning(
  scope: Scope,
  { region }: AwsAccess,
  tableName: string,
): Promise<TableSyncStatus | undefined> {
  try {
    return await withTemporal(scope, async (temporal) => {
      const { status, execution } = await seeTableSync(temporal, region, tableName);
      return execution === 'RUNNING' ? status : undefined;
    });
  } catch {
    return undefined;
  }
}
