/** Owns the step from configuration to what one table's sync is started with. */
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { AWS_LIMITS, type ServiceLimits } from '../core/service-limits.js';
import { parseBudget } from '../cost/dollars.js';
import { checkTableOptions } from '../lake/column-choices.js';
import type { LakeCatalog } from '../lake/lake-catalog.js';
import type { LakeFormat } from '../lake/lake-format.js';
import type { TableCare } from '../lake/table-care.js';
import { historyName } from '../lake/history-name.js';
import { TABLE_OPTIONS, type TableOptions } from '../lake/table-options.js';
import type { LossAnswers } from '../sync/loss-answers.js';
import type { TableSyncInput } from '../sync/table-sync-input.js';
import { isAwsEndpoint } from './aws-endpoint.js';
import { durationText, parseDuration } from './duration.js';
import { checkOverlap } from './freshness-of.js';
import { checkKeepExports, keepExportsOf } from './keep-exports.js';
import { staggerOf } from './stagger-of.js';
import type { Duration, LimitsConfig, TableConfig, TidemarkConfig } from './tidemark-config.js';

/** What the AWS environment adds to a configuration. */
export interface AwsPlace {
  readonly region: string;
  /** Where DynamoDB's requests go. */
  readonly endpoint: URL;
}

const DEFAULTS = {
  exportPrefix: 'exports',
  lakePrefix: 'lake',
  format: 'iceberg',
  window: '15m',
  view: 'NEW_AND_OLD_IMAGES',
  pollInterval: '30s',
  megabytes: 256,
  concurrency: 4,
} as const;

/** InvalidConfig when no bucket is set, or the window or the freshness is outside what can be had. */
export function syncInputOf(
  config: TidemarkConfig,
  tableName: string,
  place: AwsPlace,
): TableSyncInput {
  const settings: TableConfig = { ...config, ...given(config.tables?.[tableName] ?? {}) };
  const limits = limitsOf(config.limits, place.endpoint);
  const windowSeconds = secondsOr(settings.window, DEFAULTS.window);
  checkWindow(windowSeconds, limits, place.endpoint);
  const input = {
    region: place.region,
    tableName,
    ...bucketsOf(config, tableName),
    ...given({
      exportBucketOwner: settings.exportBucketOwner,
      exportKmsKeyId: settings.exportKmsKeyId,
    }),
    exportPrefix: settings.exportPrefix ?? DEFAULTS.exportPrefix,
    lakePrefix: settings.lakePrefix ?? DEFAULTS.lakePrefix,
    lakeFormat: lakeFormatOf(config, tableName),
    ...catalogOf(config, tableName),
    tableOptions: tableOptionsOf(config, tableName),
    ...careOf(config, tableName),
    view: settings.view ?? DEFAULTS.view,
    windowSeconds,
    ...adaptionOf(settings),
    ...freshnessOf(settings),
    limits,
    pollSeconds: secondsOr(settings.pollInterval, DEFAULTS.pollInterval),
    ...batchOf(config, tableName),
    ...auditOf(settings),
    ...answersOf(settings),
    ...alertsOf(config, windowSeconds),
    ...keepExportsOf(settings),
  };
  checkOverlap(input);
  checkKeepExports(input);
  return { ...input, ...staggerOf(input) };
}

function auditOf({ audit }: TableConfig): Pick<TableSyncInput, 'auditEverySeconds'> {
  return audit === undefined ? {} : { auditEverySeconds: secondsOr(audit.every, audit.every) };
}

/** What lets the width of windows change. */
function adaptionOf({
  adaptive,
  budget,
}: TableConfig): Pick<TableSyncInput, 'adaptive' | 'budgetMicros'> {
  const budgetMicros = budget === undefined ? undefined : parseBudget(budget);
  return {
    ...(adaptive === true ? { adaptive } : {}),
    ...(budgetMicros === undefined ? {} : { budgetMicros }),
  };
}

function freshnessOf({ freshness }: TableConfig): Pick<TableSyncInput, 'freshnessSeconds'> {
  return freshness === undefined ? {} : { freshnessSeconds: parseDuration(freshness) ?? 0 };
}

/** What follows a loss, as far as it is set. */
function answersOf(settings: TableConfig): { readonly answers?: LossAnswers } {
  const { onTableReplaced, onTableDeleted, onRecoveryOff } = settings;
  const answers = given({ onTableReplaced, onTableDeleted, onRecoveryOff });
  return Object.keys(answers).length === 0 ? {} : { answers };
}

/** Whether somebody is to be told of the table, and from how much of a lag on. */
function alertsOf(
  { alerts }: TidemarkConfig,
  windowSeconds: number,
): Pick<TableSyncInput, 'alerts'> {
  if (alerts?.webhook === undefined && alerts?.sns === undefined) return {};
  return { alerts: { lagSeconds: secondsOr(alerts.lag, 4 * windowSeconds + 3600) } };
}

/** The format of a table in its lake. */
export function lakeFormatOf(config: TidemarkConfig, tableName: string): LakeFormat {
  return config.tables?.[tableName]?.format ?? config.format ?? DEFAULTS.format;
}

/**
 * What is chosen of a table in its lake, each by the table's own setting before the general one;
 * InvalidConfig where its format cannot have it, or two of them are of one attribute.
 */
export function tableOptionsOf(config: TidemarkConfig, tableName: string): TableOptions {
  checkHistoryNames(config, tableName);
  const own = config.tables?.[tableName];
  const chosen = TABLE_OPTIONS.flatMap((field) => {
    const value = own?.[field] ?? config[field];
    return value === undefined ? [] : [[field, value] as const];
  });
  const [first] = chosen;
  if (first !== undefined && lakeFormatOf(config, tableName) === 'parquet') {
    throw notInParquet(first[0], tableName);
  }
  const options: TableOptions = Object.fromEntries(chosen);
  checkTableOptions(options, tableName);
  return options;
}

/** How a table is looked after; InvalidConfig where a table has settings that its format cannot have. */
export function careOf(config: TidemarkConfig, tableName: string): { readonly care?: TableCare } {
  const own = config.tables?.[tableName]?.care;
  if (lakeFormatOf(config, tableName) === 'parquet') {
    if (own === undefined) return {};
    throw notInParquet('care', tableName);
  }
  const care = { ...given(config.care ?? {}), ...given(own ?? {}) };
  return Object.keys(care).length === 0 ? {} : { care };
}

function notInParquet(field: string, tableName: string): TidemarkError {
  return new TidemarkError(`${field} is set, and ${tableName} has the format parquet.`, {
    code: ErrorCode.InvalidConfig,
    subject: field,
    hint: `Remove ${field}, or set format: 'iceberg'.`,
  });
}

/**
 * The catalog of a table, or without one of all tables that have none of their own; none where the
 * lake's files are it. InvalidConfig where a table is given one that its format cannot have.
 */
export function catalogOf(
  config: TidemarkConfig,
  tableName?: string,
): { readonly catalog?: LakeCatalog } {
  const own = tableName === undefined ? undefined : config.tables?.[tableName]?.catalog;
  if (tableName !== undefined && lakeFormatOf(config, tableName) === 'parquet') {
    if (own === undefined) return {};
    throw notInParquet('catalog', tableName);
  }
  const catalog = own ?? config.catalog;
  return catalog === undefined ? {} : { catalog: given(catalog) };
}

/** InvalidConfig where two tables of the configuration would want one name in their lake. */
function checkHistoryNames(config: TidemarkConfig, tableName: string): void {
  const others = Object.keys(config.tables ?? {});
  const pairs = others.flatMap((other): [string, string][] => [
    [tableName, other],
    [other, tableName],
  ]);
  for (const [table, taken] of pairs) {
    const keepsChanges = config.tables?.[table]?.changes ?? config.changes ?? false;
    if (!keepsChanges || taken !== historyName(table)) continue;
    const [one, two] = [lakePlaceOf(config, table), lakePlaceOf(config, taken)];
    if (one.lakeBucket !== two.lakeBucket || one.lakePrefix !== two.lakePrefix) continue;
    throw new TidemarkError(`The changes of ${table} would be kept under the name of ${taken}.`, {
      code: ErrorCode.InvalidConfig,
      subject: 'changes',
      hint: `Set changes: false for ${table}, or another lakePrefix for one of the two.`,
    });
  }
}

/** How a table's exports are cut up for loading. */
export function batchOf(
  config: TidemarkConfig,
  tableName: string,
): Pick<TableSyncInput, 'batchBytes' | 'batchConcurrency'> {
  const batch = { ...config.batch, ...config.tables?.[tableName]?.batch };
  return {
    batchBytes: (batch.megabytes ?? DEFAULTS.megabytes) * 1024 * 1024,
    batchConcurrency: batch.concurrency ?? DEFAULTS.concurrency,
  };
}

/**
 * Where the lake of `tableName` lies, or without one the lake of all tables that have none of their
 * own; InvalidConfig when no bucket is set.
 */
export function lakePlaceOf(
  config: TidemarkConfig,
  tableName?: string,
): Pick<TableSyncInput, 'lakeBucket' | 'lakePrefix' | 'catalog'> {
  const own = tableName === undefined ? undefined : config.tables?.[tableName];
  const lakeBucket = own?.lakeBucket ?? own?.bucket ?? config.lakeBucket ?? config.bucket;
  if (lakeBucket === undefined) throw noBucket('the lake');
  const lakePrefix = own?.lakePrefix ?? config.lakePrefix ?? DEFAULTS.lakePrefix;
  return { lakeBucket, lakePrefix, ...catalogOf(config, tableName) };
}

/** Where a table's exports and lake lie: its own setting before the general one, the special before `bucket`. */
function bucketsOf(
  config: TidemarkConfig,
  tableName: string,
): Pick<TableSyncInput, 'exportBucket' | 'lakeBucket'> {
  const own = config.tables?.[tableName];
  const exportBucket = own?.exportBucket ?? own?.bucket ?? config.exportBucket ?? config.bucket;
  const lakeBucket = own?.lakeBucket ?? own?.bucket ?? config.lakeBucket ?? config.bucket;
  if (exportBucket !== undefined && lakeBucket !== undefined) return { exportBucket, lakeBucket };
  throw noBucket(tableName);
}

function noBucket(subject: string): TidemarkError {
  return new TidemarkError(`No bucket is configured for ${subject}.`, {
    code: ErrorCode.InvalidConfig,
    subject,
    hint: 'Set bucket in tidemark.config.ts, TIDEMARK_BUCKET, or --bucket NAME.',
  });
}

/** The limits that windows must respect: AWS's own, or what another service was said to have. */
function limitsOf(limits: LimitsConfig | undefined, endpoint: URL): ServiceLimits {
  const isGiven = Object.values(limits ?? {}).some((value) => value !== undefined);
  if (isGiven && isAwsEndpoint(endpoint)) {
    throw new TidemarkError(
      `limits cannot be set where DynamoDB is AWS's own (${endpoint.hostname}).`,
      {
        code: ErrorCode.InvalidConfig,
        subject: endpoint.hostname,
        hint: 'Remove limits; AWS allows windows of 15 minutes to 24 hours.',
      },
    );
  }
  return {
    minWindowSeconds: secondsOr(limits?.minWindow, AWS_LIMITS.minWindowSeconds),
    maxWindowSeconds: secondsOr(limits?.maxWindow, AWS_LIMITS.maxWindowSeconds),
    recoveryPeriodSeconds: secondsOr(limits?.recoveryPeriod, AWS_LIMITS.recoveryPeriodSeconds),
  };
}

function checkWindow(windowSeconds: number, limits: ServiceLimits, endpoint: URL): void {
  const { minWindowSeconds, maxWindowSeconds } = limits;
  if (windowSeconds >= minWindowSeconds && windowSeconds <= maxWindowSeconds) return;
  const range = `${durationText(minWindowSeconds)} to ${durationText(maxWindowSeconds)}`;
  throw new TidemarkError(
    `window is ${durationText(windowSeconds)}; ${endpoint.hostname} exports windows of ${range}.`,
    {
      code: ErrorCode.InvalidConfig,
      subject: 'window',
      hint: `Set window within ${range}.`,
    },
  );
}

function secondsOr(value: Duration | undefined, otherwise: Duration): number {
  return parseDuration(value ?? otherwise) ?? 0;
}

/** What is set in `settings`. */
function given<T extends object>(settings: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
