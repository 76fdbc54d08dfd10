/** Owns `tidemark start`: checks at the edge what would otherwise park a sync, then starts it. */
import { Command } from 'commander';
import { durationText } from '../config/duration.js';
import { checkFreshness } from '../config/freshness-of.js';
import { checkTableName } from '../config/names.js';
import { syncInputOf } from '../config/sync-input-of.js';
import type { TidemarkConfig } from '../config/tidemark-config.js';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { checkBudget } from '../cost/check-budget.js';
import { budgetText } from '../cost/dollars.js';
import { checkTableOptions } from '../lake/column-choices.js';
import type { TableSyncInput } from '../sync/table-sync-input.js';
import { widthBounds } from '../sync/width-bounds.js';
import type { TemporalAccess } from '../temporal/connect.js';
import { isTemporalCloud } from '../temporal/is-temporal-cloud.js';
import { startTableSync } from '../temporal/start-table-sync.js';
import { seeTableSync } from '../temporal/table-syncs.js';
import type { AwsAccess } from './aws-access.js';
import { findTable } from './find-table.js';
import { openScope, withAws, withTemporal, type Scope } from './scope.js';
import { stateText } from './status-text.js';
import { webBase, workflowLink } from './web-link.js';

interface StartOptions {
  readonly bucket?: string;
  readonly window?: string;
  readonly freshness?: string;
  readonly view?: TidemarkConfig['view'];
  readonly adaptive?: true;
  readonly budget?: string;
}

/** The command. */
export function startCommand(): Command {
  return new Command('start')
    .summary('start keeping the lake in step with tables')
    .description(
      'Starts one durable workflow for each table: a full export into the lake, then the changes of\n' +
        'every window, for ever. Starting twice is starting once.',
    )
    .argument('<table...>', 'names of DynamoDB tables')
    .option('--bucket <name>', 'bucket for exports and lake, over the configuration')
    .option('--window <duration>', 'how much of the past each export covers: 15m to 24h on AWS')
    .option('--adaptive', 'widen windows while nothing changes')
    .option('--budget <amount>', "what windows may cost in a month: '$5/month'")
    .option('--freshness <duration>', 'how old the lake may become: 10m takes overlapping exports')
    .option('--view <view>', 'NEW_AND_OLD_IMAGES or NEW_IMAGE')
    .addHelpText(
      'after',
      '\nExamples:\n  $ tidemark start orders customers\n  $ tidemark start orders --bucket my-lake --window 1h\n',
    )
    .action(async (tables: string[], options: StartOptions, command: Command) => {
      for (const table of tables) checkTableName(table);
      const scope = await openScope(command, { ...options });
      await withAws(scope, async (aws) => {
        const inputs: TableSyncInput[] = [];
        for (const table of new Set(tables)) inputs.push(await checkedInput(scope, aws, table));
        await withTemporal(scope, async (temporal) => {
          const billed = isTemporalCloud(temporal.address) ? { actionsAreBilled: true } : {};
          const all = inputs.map((input) => ({ ...input, ...billed }));
          for (const input of all) checkBudgetOf(input);
          for (const input of all) await startOne(scope, temporal, input);
        });
      });
    });
}

/** Everything that a person would have to mend later is found now. */
async function checkedInput(scope: Scope, aws: AwsAccess, table: string): Promise<TableSyncInput> {
  const input = syncInputOf(scope.config, table, aws);
  const { keyAttributes, tableArn } = await findTable(aws, table);
  checkTableOptions(input.tableOptions ?? {}, table, keyAttributes);
  for (const bucket of new Set([input.exportBucket, input.lakeBucket])) {
    await checkBucket(aws, bucket);
  }
  if (input.freshnessSeconds !== undefined) {
    checkFreshness(input, await exportsMeasured(aws, tableArn));
  }
  return input;
}

/** What the table's exports took of late; nothing where that may not be asked. */
async function exportsMeasured(aws: AwsAccess, tableArn: string): Promise<readonly number[]> {
  try {
    return await aws.tableExports.recentExportSeconds(tableArn);
  } catch (error) {
    if (error instanceof TidemarkError && error.code === ErrorCode.AccessDenied) return [];
    throw error;
  }
}

async function checkBucket(aws: AwsAccess, bucket: string): Promise<void> {
  try {
    await aws.bucket(bucket).list('')[Symbol.asyncIterator]().next();
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== ErrorCode.BucketNotFound) throw error;
    throw new TidemarkError(`There is no bucket ${bucket}.`, {
      code: ErrorCode.BucketNotFound,
      subject: bucket,
      hint: `Create it (\`aws s3 mb s3://${bucket}\`), or name another by bucket, TIDEMARK_BUCKET or --bucket.`,
      cause: error,
    });
  }
}

/** InvalidConfig when the budget cannot be met by windows of any width. */
function checkBudgetOf(input: TableSyncInput): void {
  const { tableName, limits, pollSeconds, budgetMicros } = input;
  if (budgetMicros === undefined) return;
  checkBudget({
    tableName,
    budgetMicros,
    pollSeconds,
    ...widthBounds(input),
    minExportSeconds: limits.minWindowSeconds,
    actionsAreBilled: input.actionsAreBilled === true,
  });
}

/** `windows of 15m`, or in what bounds they adapt. */
function windowsText(input: TableSyncInput): string {
  const { narrowestSeconds, widestSeconds } = widthBounds(input);
  const narrowest = durationText(narrowestSeconds);
  const widest = widestSeconds === narrowestSeconds ? '' : ` to ${durationText(widestSeconds)}`;
  const { freshnessSeconds, budgetMicros } = input;
  const freshness =
    freshnessSeconds === undefined ? '' : `a freshness of ${durationText(freshnessSeconds)} by `;
  const budget = budgetMicros === undefined ? '' : ` for ${budgetText(budgetMicros)}`;
  return `${freshness}windows of ${narrowest}${widest}${budget}`;
}

async function startOne(
  { config, output, taskQueue }: Scope,
  temporal: TemporalAccess,
  input: TableSyncInput,
): Promise<void> {
  const { workflowId, outcome } = await startTableSync(temporal.client, input, taskQueue);
  const base = webBase(config.temporal, temporal.address);
  const link = base && workflowLink(base, temporal.namespace, workflowId);
  const about =
    outcome === 'started'
      ? `${output.style('green', 'started')}: ${windowsText(input)} into s3://${input.lakeBucket}/${input.lakePrefix}`
      : `already running: ${stateText(await seeTableSync(temporal, input.region, input.tableName))}`;
  output.line(`${output.style('bold', input.tableName)} ${about}`);
  if (link !== undefined) output.line(`  ${link}`);
  output.json({
    tableName: input.tableName,
    region: input.region,
    workflowId,
    outcome,
    webUrl: link,
  });
}
