/** Owns what can be configured: the fields of `tidemark.config.ts`, each with its meaning. */
import { z } from 'zod';
import { BUDGET_FORM, parseBudget } from '../cost/dollars.js';
import type { ExportView } from '../export/table-exports.js';
import { LAKE_FORMATS, type LakeFormat } from '../lake/lake-format.js';
import { parsePartitionTerm } from '../lake/partition-term.js';
import { parsePinnedType, PINNED_FORM } from '../lake/pinned-type.js';
import { FORMAT_VERSIONS, NESTED, type FormatVersion, type Nested } from '../lake/table-options.js';
import {
  DELETED_ANSWERS,
  LOSS_ANSWERS,
  type DeletedAnswer,
  type LossAnswer,
} from '../sync/loss-answers.js';
import { DURATION_FORM, parseDuration } from './duration.js';
import { BUCKET_NAME, KEY_PREFIX, TABLE_NAME, TOPIC_ARN } from './names.js';
import { parseResultsPlace, RESULTS_FORM } from './results-place.js';

/** A length of time: `30s`, `15m`, `1h`, `7d`, or a number of seconds. */
export type Duration = string | number;

/** What may be set for one table, or for all of them. */
export interface TableConfig {
  /** Bucket for both exports and lake. */
  readonly bucket?: string | undefined;
  /** Bucket that DynamoDB writes its exports to, where it is not `bucket`. */
  readonly exportBucket?: string | undefined;
  /** The AWS account that owns the bucket of the exports, where that is not the table's. */
  readonly exportBucketOwner?: string | undefined;
  /**
   * The KMS key that DynamoDB encrypts exports with: its id, its ARN, or an alias. Default: none, the
   * bucket's own encryption counts.
   */
  readonly exportKmsKeyId?: string | undefined;
  /** Bucket of the lake, where it is not `bucket`. */
  readonly lakeBucket?: string | undefined;
  /** Prefix of the exports within their bucket. Default: `exports`. */
  readonly exportPrefix?: string | undefined;
  /**
   * How long the exports of a sync are kept once they are loaded: `7d`, or `true` for ever. What lies
   * beside them is never touched. Default: false, they are deleted at once.
   */
  readonly keepExports?: Duration | boolean | undefined;
  /** Prefix of the lake within its bucket. Default: `lake`. */
  readonly lakePrefix?: string | undefined;
  /**
   * `iceberg`: Apache Iceberg tables, of which readers see the current state. `parquet`: directories
   * of Parquet files that need no catalog. Of a table it is settled by its first load. Default:
   * `iceberg`.
   */
  readonly format?: LakeFormat | undefined;
  /** The catalog of its Iceberg tables, behind Iceberg's REST protocol. Default: the lake's own files. */
  readonly catalog?: CatalogConfig | undefined;
  /** How much of the table's past each export covers; on AWS 15 minutes to 24 hours. Default: `15m`. */
  readonly window?: Duration | undefined;
  /**
   * Widens windows while nothing changes in the table, up to the widest there can be, and narrows
   * them to `window` when it is busy again. Default: false.
   */
  readonly adaptive?: boolean | undefined;
  /**
   * What windows may cost in a calendar month, `'$5/month'`: they are as narrow as that allows, and
   * never narrower than `window`. Full loads come on top. Default: no bound.
   */
  readonly budget?: string | undefined;
  /**
   * How old the lake may become, by a window and its export: `10m` takes overlapping exports. It takes
   * the place of `window`. Default: none, for the fewest exports that `window` allows.
   */
  readonly freshness?: Duration | undefined;
  /** Whether exports carry items before and after a window, or only after. Default: both. */
  readonly view?: ExportView | undefined;
  /** How long to wait between two looks at an export in progress. Default: `30s`. */
  readonly pollInterval?: Duration | undefined;
  /** How an export is cut up for loading. */
  readonly batch?: BatchConfig | undefined;
  /** How its Iceberg table is looked after, after loads. */
  readonly care?: CareConfig | undefined;
  /** Compares the lake with a new full export, now and then; AWS bills each by the table's size. Default: never. */
  readonly audit?: AuditConfig | undefined;
  /**
   * When another table has the name: created anew, restored, or with other keys. `resync` loads it in
   * place of what the lake has, `park` waits for a person, `end` ends the sync. Default: `resync`.
   */
  readonly onTableReplaced?: LossAnswer | undefined;
  /** When the table is gone: `park` waits for it, or for a person; `end` ends the sync. Default: `park`. */
  readonly onTableDeleted?: DeletedAnswer | undefined;
  /** When somebody switched point-in-time recovery off, be it on again or not. Default: `resync`. */
  readonly onRecoveryOff?: LossAnswer | undefined;
  // What follows is settled by a full load, for its windows too: a change counts from the next resync.
  /**
   * Types of columns by attribute: `{ price: 'decimal(18,2)' }`, one of string, long, boolean, binary,
   * json and decimal(p,s). A value that is not exactly of the type lies in `_rest`. Default: chosen by
   * the values.
   */
  readonly columns?: Readonly<Record<string, string>> | undefined;
  /** `json`: maps and lists as text. `struct`: as structs and lists where they are regular, the default. */
  readonly nested?: Nested | undefined;
  /** Attributes that the lake shall never have. */
  readonly omit?: readonly string[] | undefined;
  /** Attributes of which the lake has a hash in place of the value, made with TIDEMARK_HASH_KEY. */
  readonly hash?: readonly string[] | undefined;
  /** Keeps `<table>_changes` too: every change of every window. Default: false. */
  readonly changes?: boolean | undefined;
  /** Of Iceberg: 2, which every engine reads, or 3, with deletion vectors. Default: 2. */
  readonly formatVersion?: FormatVersion | undefined;
  /** Terms by which rows are parted into files: `['truncate(10, created_at)']`. Default: none. */
  readonly partitionBy?: readonly string[] | undefined;
}

/**
 * A catalog: Polaris, Lakekeeper, Nessie, Unity and others. Its token or its credential is not set
 * here, but by TIDEMARK_CATALOG_TOKEN or TIDEMARK_CATALOG_CREDENTIAL where the work is done.
 */
export interface CatalogConfig {
  /** Without `/v1`: `https://catalog.example.com/api/catalog`. */
  readonly uri: string;
  /** What the catalog calls the warehouse to be used, when it has several. */
  readonly warehouse?: string | undefined;
  /** Of the tables, its levels parted by dots; made when it is not there. Default: `lake`. */
  readonly namespace?: string | undefined;
  /** Sent with every request: `{ 'Polaris-Realm': 'main' }`. No secrets: workflows carry them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What tokens are fetched for. Default: `catalog`; Polaris wants `PRINCIPAL_ROLE:ALL`. */
  readonly scope?: string | undefined;
  /** Where tokens are fetched. Default: the catalog's own `/v1/oauth/tokens`. */
  readonly oauth2ServerUri?: string | undefined;
}

/** How an Iceberg table is looked after, after loads. */
export interface CareConfig {
  /** Days for which a state of the table can be asked for, at least. Default: 7. */
  readonly keepDays?: number | undefined;
  /** Loads between two looks at whether files are to be written anew. Default: 16. */
  readonly compactEvery?: number | undefined;
  /** About how large data files become. Default: 256. */
  readonly fileMegabytes?: number | undefined;
}

/** When a table's lake is compared with it. */
export interface AuditConfig {
  /** How long after one audit the next begins: `7d`. */
  readonly every: Duration;
}

/** How an export is cut up for loading. */
export interface BatchConfig {
  /** Compressed megabytes of export files a batch. Default: 256. */
  readonly megabytes?: number | undefined;
  /** Batches of one load in work at once. Default: 4. */
  readonly concurrency?: number | undefined;
}

/** The default export of `tidemark.config.ts`. */
export interface TidemarkConfig extends TableConfig {
  /** AWS Region of the tables. Default: the one of AWS's own environment and profiles. */
  readonly region?: string | undefined;
  /** Another export service's limits; refused where the endpoint is AWS, whose limits are known. */
  readonly limits?: LimitsConfig | undefined;
  /** Where Temporal is, on top of `temporal.toml` and the TEMPORAL_ variables. */
  readonly temporal?: TemporalConfig | undefined;
  /** What differs for single tables, by table name. */
  readonly tables?: Readonly<Record<string, TableConfig>> | undefined;
  /** Whom to tell, unasked, of what a table has come to. Default: nobody. */
  readonly alerts?: AlertsConfig | undefined;
  /**
   * DAG files, directories of them, or globs, from where the configuration lies. A directory stands
   * for the modules directly in it. Default: the directory `dags`, if there is one.
   */
  readonly dags?: string | readonly string[] | undefined;
  /**
   * Where outputs of tasks go that are too large for a workflow: `s3://bucket/prefix`, or
   * `file:<directory>` where all workers share a disk. Default: `dag-results` in the lake's bucket.
   */
  readonly results?: string | undefined;
}

/** Whom to tell of a table whose sync is parked or ends, that lags, fails, is loaded anew, or runs out of recovery. */
export interface AlertsConfig {
  /** Takes one JSON object for each change of state, by POST. Read by workers; no workflow has it. */
  readonly webhook?: string | undefined;
  /**
   * ARN of a topic of Amazon SNS, in any Region, that takes one message for each; a FIFO topic, too. The
   * worker's role needs `sns:Publish` on it.
   */
  readonly sns?: string | undefined;
  /** How far behind a table is when that is told. Default: four windows and an hour. */
  readonly lag?: Duration | undefined;
}

/** Limits of an export service that is not AWS's. */
export interface LimitsConfig {
  readonly minWindow?: Duration | undefined;
  readonly maxWindow?: Duration | undefined;
  /** How far back recovery reaches. */
  readonly recoveryPeriod?: Duration | undefined;
}

/** Where Temporal is. */
export interface TemporalConfig {
  /** `host:port` of the server's frontend. */
  readonly address?: string | undefined;
  readonly namespace?: string | undefined;
  /** The queue that workers serve. Default: `tidemark`. */
  readonly taskQueue?: string | undefined;
  /** Base of Temporal Web's addresses, for links. */
  readonly webUrl?: string | undefined;
}

/** Types a configuration; returns it as it is. */
export function defineConfig(config: TidemarkConfig): TidemarkConfig {
  return config;
}

// Every message below ends the sentence "<field> is <value>; it must be …".
const text = z.string('text').min(1, 'text that is not empty').optional();
const path = z.string('a path or a glob').min(1, 'a path or a glob');
const bucket = z
  .string('the name of a bucket')
  .regex(BUCKET_NAME, 'a bucket name: 3 to 63 lower-case letters, digits, dots and hyphens')
  .optional();
const prefix = z
  .string('a key prefix')
  .regex(KEY_PREFIX, 'a key prefix without a slash at either end')
  .optional();
const duration = z
  .union([z.string(), z.number()], DURATION_FORM)
  .refine((value) => parseDuration(value) !== undefined, DURATION_FORM)
  .optional();
const ACCOUNT = 'the id of an AWS account in quotes: 12 digits';
const KMS_KEY = "a KMS key's id, its ARN, or an alias such as alias/exports";
const KEEP_FORM = 'true, false, or a duration such as 7d';
const countUpTo = (max: number): z.ZodOptional<z.ZodNumber> => {
  const range = `a whole number from 1 to ${max}`;
  return z.number(range).int(range).min(1, range).max(max, range).optional();
};

const attributes = z
  .array(z.string('names of attributes'), 'names of attributes')
  .min(1, 'names of attributes')
  .optional();
const TERMS = "terms such as 'country' or 'truncate(10, created_at)'";
const term = z.string(TERMS).superRefine((text, context) => {
  const parsed = parsePartitionTerm(text);
  if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed });
});
const areDistinct = (texts: readonly string[]): boolean =>
  new Set(texts.map((text) => JSON.stringify(parsePartitionTerm(text)))).size === texts.length;

const TOPIC = 'the ARN of an SNS topic such as arn:aws:sns:eu-west-1:123456789012:lake-alerts';
const ADDRESS = 'an address such as https://catalog.example.com/api/catalog, no user, ? or # in it';
const address = z.string(ADDRESS).refine(isPlainAddress, ADDRESS);
const HEADERS = 'an object of texts by header';
const NO_SECRET = 'the name of a header; a token comes from TIDEMARK_CATALOG_TOKEN';
const NAMESPACE = 'levels parted by dots, such as lake or lake.raw';

const catalog = z
  .strictObject(
    {
      uri: address,
      warehouse: text,
      namespace: z
        .string(NAMESPACE)
        .regex(/^[^.\s]+(\.[^.\s]+)*$/, NAMESPACE)
        .optional(),
      headers: z
        .record(
          z.string().regex(/^(?!(proxy-)?authorization$)[\w!#$%&'*+.^`|~-]+$/i, NO_SECRET),
          z.string('text').regex(/^[\x20-\x7e]*$/, 'text of one line'),
          HEADERS,
        )
        .optional(),
      scope: text,
      oauth2ServerUri: address.optional(),
    },
    'an object with a uri',
  )
  .optional();

const tableFields = {
  bucket,
  exportBucket: bucket,
  exportBucketOwner: z
    .string(ACCOUNT)
    .regex(/^\d{12}$/, ACCOUNT)
    .optional(),
  exportKmsKeyId: z
    .string(KMS_KEY)
    .regex(/^[\w/:-]{1,2048}$/, KMS_KEY)
    .optional(),
  lakeBucket: bucket,
  exportPrefix: prefix,
  keepExports: z
    .union([z.boolean(), z.string(), z.number()], KEEP_FORM)
    .refine((value) => typeof value === 'boolean' || parseDuration(value) !== undefined, KEEP_FORM)
    .optional(),
  lakePrefix: prefix,
  catalog,
  format: z.enum(LAKE_FORMATS, 'iceberg or parquet').optional(),
  window: duration,
  adaptive: z.boolean('true or false').optional(),
  budget: z
    .string(BUDGET_FORM)
    .refine((value) => parseBudget(value) !== undefined, BUDGET_FORM)
    .optional(),
  freshness: duration,
  view: z.enum(['NEW_AND_OLD_IMAGES', 'NEW_IMAGE'], 'NEW_AND_OLD_IMAGES or NEW_IMAGE').optional(),
  pollInterval: duration,
  batch: z
    .strictObject({ megabytes: countUpTo(4096), concurrency: countUpTo(64) }, 'an object')
    .optional(),
  care: z
    .strictObject(
      {
        keepDays: countUpTo(3650),
        compactEvery: countUpTo(1000),
        fileMegabytes: countUpTo(4096),
      },
      'an object',
    )
    .optional(),
  audit: z
    .strictObject({ every: duration.unwrap() }, "an object such as { every: '7d' }")
    .optional(),
  onTableReplaced: z.enum(LOSS_ANSWERS, 'resync, park or end').optional(),
  onTableDeleted: z.enum(DELETED_ANSWERS, 'park or end').optional(),
  onRecoveryOff: z.enum(LOSS_ANSWERS, 'resync, park or end').optional(),
  columns: z
    .record(
      z.string(),
      z.string(PINNED_FORM).refine((type) => parsePinnedType(type) !== undefined, PINNED_FORM),
      'an object of types by attribute',
    )
    .optional(),
  nested: z.enum(NESTED, 'struct or json').optional(),
  omit: attributes,
  hash: attributes,
  changes: z.boolean('true or false').optional(),
  formatVersion: z.literal(FORMAT_VERSIONS, '2 or 3').optional(),
  partitionBy: z
    .array(term, TERMS)
    .min(1, TERMS)
    .refine(areDistinct, 'terms of which no two are the same')
    .optional(),
};

/** The form of a configuration; unknown fields are refused. */
export const configSchema = z.strictObject(
  {
    ...tableFields,
    region: z
      .string('the name of a Region')
      .regex(/^[a-z0-9-]+$/, 'the name of a Region such as eu-west-1')
      .optional(),
    limits: z
      .strictObject(
        { minWindow: duration, maxWindow: duration, recoveryPeriod: duration },
        'an object',
      )
      .optional(),
    alerts: z
      .strictObject(
        {
          webhook: z.url('an address such as https://example.com/hook').optional(),
          sns: z.string(TOPIC).regex(TOPIC_ARN, TOPIC).optional(),
          lag: duration,
        },
        'an object',
      )
      .optional(),
    temporal: z
      .strictObject(
        {
          address: z
            .string('host:port')
            .regex(/^[^\s/:]+:\d{1,5}$/, 'host:port such as localhost:7233')
            .optional(),
          namespace: text,
          taskQueue: text,
          webUrl: z.url('an address such as http://localhost:8233').optional(),
        },
        'an object',
      )
      .optional(),
    tables: z
      .record(
        z.string().regex(TABLE_NAME, 'named by 3 to 255 letters, digits, _ . and -'),
        z.strictObject(tableFields, 'an object'),
        'an object of settings by table name',
      )
      .optional(),
    dags: z
      .union(
        [path, z.array(path).min(1, 'a path, a glob, or several')],
        'a path, a glob, or several',
      )
      .optional(),
    results: z
      .string(RESULTS_FORM)
      .refine((value) => parseResultsPlace(value) !== undefined, RESULTS_FORM)
      .optional(),
  },
  'an object, the default export',
) satisfies z.ZodType<TidemarkConfig>;

/** What is in it travels in workflows' payloads, and paths are put behind it. */
function isPlainAddress(value: string): boolean {
  if (!URL.canParse(value) || /[?#]/.test(value)) return false;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}
