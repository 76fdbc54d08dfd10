/** Owns the reading of ExportTableToPointInTime's request: its shape, its times, AWS's refusals. */
import type { ServiceProfile } from '../service-profile.js';
import type { OrderedScope } from './export-record.js';
import type { ExportedTable } from './ports.js';
import { restorableRange } from './restorable-range.js';
import { constraintError, ServiceError, validationError } from './service-error.js';

/** A request whose shape is right; times still as they were given. */
export interface ExportRequestShape {
  readonly tableArn: string;
  readonly tableName: string;
  readonly accountId: string;
  readonly bucket: string;
  readonly bucketOwner: string | undefined;
  readonly prefix: string | undefined;
  readonly sseAlgorithm: 'AES256' | 'KMS';
  readonly sseKmsKeyId: string | undefined;
  readonly clientToken: string | undefined;
  readonly times: RequestedTimes;
}

/** Seconds since 1970; undefined where the request left it to the service. */
export type RequestedTimes =
  | { readonly kind: 'full'; readonly time: number | undefined }
  | {
      readonly kind: 'incremental';
      readonly from: number;
      readonly to: number | undefined;
      readonly view: 'NEW_AND_OLD_IMAGES' | 'NEW_IMAGE';
    };

type Json = Readonly<Record<string, unknown>>;

const TABLE_ARN = /^arn:[\w-]+:dynamodb:[\w-]+:(\d+):table\/([\w.-]+)$/;

/** Checks the shape of `request`; throws a {@link ServiceError} worded as AWS's. */
export function readExportRequest(request: Json): ExportRequestShape {
  const { tableArn, tableName, accountId } = readTableArn(request['TableArn']);
  const bucket = text(request, 'S3Bucket');
  if (bucket === undefined || !/^[a-z0-9A-Z]+[.\-\w]*[a-z0-9A-Z]+$/.test(bucket)) {
    throw constraintError(
      bucket ?? 'null',
      's3Bucket',
      String.raw`satisfy regular expression pattern: ^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$`,
    );
  }
  const bucketOwner = text(request, 'S3BucketOwner');
  if (bucketOwner !== undefined && !/^\d{12}$/.test(bucketOwner)) {
    throw constraintError(
      bucketOwner,
      's3BucketOwner',
      'satisfy regular expression pattern: [0-9]{12}',
    );
  }
  const format = oneOf(request, 'ExportFormat', ['ION', 'DYNAMODB_JSON']);
  if (format === 'ION') {
    throw validationError('ExportFormat ION is not supported here; use DYNAMODB_JSON');
  }
  const sseAlgorithm = oneOf(request, 'S3SseAlgorithm', ['AES256', 'KMS']) ?? 'AES256';
  const sseKmsKeyId = text(request, 'S3SseKmsKeyId');
  if (sseKmsKeyId !== undefined && sseAlgorithm !== 'KMS') {
    throw validationError('Invalid Request: KMS Key Id is not supported for this encryption type');
  }
  if (request['FilterSpecification'] !== undefined) {
    throw validationError('FilterSpecification is not supported here; export the whole table');
  }
  const prefix = text(request, 'S3Prefix');
  const clientToken = text(request, 'ClientToken');
  const destination = { bucket, bucketOwner, prefix, sseAlgorithm, sseKmsKeyId };
  const times = readTimes(request);
  return { tableArn, tableName, accountId, ...destination, clientToken, times };
}

function readTableArn(value: unknown): {
  tableArn: string;
  tableName: string;
  accountId: string;
} {
  if (typeof value !== 'string' || !value.startsWith('arn:')) {
    throw validationError('One or more parameter values were invalid: tableArn is not a valid ARN');
  }
  const match = TABLE_ARN.exec(value);
  if (match === null) throw validationError('Invalid Request: Table ARN is invalid.');
  return { tableArn: value, accountId: String(match[1]), tableName: String(match[2]) };
}

function readTimes(request: Json): RequestedTimes {
  const type = oneOf(request, 'ExportType', ['FULL_EXPORT', 'INCREMENTAL_EXPORT']);
  const specification = request['IncrementalExportSpecification'] as Json | undefined;
  if (type !== 'INCREMENTAL_EXPORT') {
    if (specification !== undefined) {
      throw validationError(
        type === undefined
          ? 'Invalid Request: Export Type expected to be Incremental Export when incremental export specification is provided'
          : 'Invalid Request: When Export Type is Full Export , Incremental Export Specification should not be provided',
      );
    }
    return { kind: 'full', time: wholeSeconds(request, 'ExportTime') };
  }
  if (specification === undefined) {
    throw validationError(
      'Invalid Request: Incremental Export Specification expected when export type is set as Incremental Export',
    );
  }
  const view =
    oneOf(specification, 'ExportViewType', ['NEW_IMAGE', 'NEW_AND_OLD_IMAGES'] as const, {
      under: 'incrementalExportSpecification.',
    }) ?? 'NEW_AND_OLD_IMAGES';
  const from = wholeSeconds(specification, 'ExportFromTime');
  if (from === undefined) {
    throw validationError(
      'Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification',
    );
  }
  if (request['ExportTime'] !== undefined) {
    throw validationError(
      'Invalid Request: ExportTime should not be provided when export type is set as Incremental Export',
    );
  }
  return { kind: 'incremental', from, to: wholeSeconds(specification, 'ExportToTime'), view };
}

/**
 * Settles what the export is of, at `nowMicros`; throws InvalidExportTimeException or
 * PointInTimeRecoveryUnavailableException as AWS words them (its order of checks too).
 */
export function resolveScope(
  times: RequestedTimes,
  table: ExportedTable,
  nowMicros: bigint,
  profile: ServiceProfile,
): OrderedScope {
  const range = restorableRange(table.pitr, nowMicros, profile);
  if (times.kind === 'full') {
    if (range === undefined) {
      throw new ServiceError(
        'PointInTimeRecoveryUnavailableException',
        `Point in time recovery is not enabled for table '${table.tableName}'`,
      );
    }
    if (times.time === undefined) return { kind: 'full', timeMicros: nowMicros };
    const timeMicros = micros(times.time);
    if (timeMicros > nowMicros || timeMicros < range.earliestMicros) {
      throw invalidTime('Export Time is invalid');
    }
    if (timeMicros > range.latestMicros) {
      throw invalidTime('Point in Time Recovery is not available for specified export time');
    }
    return { kind: 'full', timeMicros };
  }
  const fromMicros = micros(times.from);
  if (range === undefined || fromMicros < range.earliestMicros) {
    throw invalidTime(
      `Incremental export period from time cannot be less than the table creation time : ${iso(fromMicros)}`,
    );
  }
  const toMicros = times.to === undefined ? floorToSecond(nowMicros) : micros(times.to);
  if (toMicros > nowMicros) {
    throw invalidTime(
      `Incremental export period to time cannot be greater than the current time : ${iso(toMicros)}`,
    );
  }
  checkLength(Number((toMicros - fromMicros) / 1_000_000n), profile);
  return { kind: 'incremental', fromMicros, toMicros, view: times.view };
}

function checkLength(seconds: number, profile: ServiceProfile): void {
  const subject = 'Difference between export period from time and export period to time is';
  if (seconds < profile.minWindowSeconds) {
    throw invalidTime(`${subject} less than ${duration(profile.minWindowSeconds)}`);
  }
  if (seconds > profile.maxWindowSeconds) {
    throw invalidTime(`${subject} greater than ${duration(profile.maxWindowSeconds)}`);
  }
}

function invalidTime(message: string): ServiceError {
  return new ServiceError('InvalidExportTimeException', message);
}

/** `15 minutes`, `24 hours`; what a faster profile makes of them may be seconds. */
function duration(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} hours`;
  if (seconds % 60 === 0) return `${seconds / 60} minutes`;
  return `${seconds} seconds`;
}

function text(source: Json, member: string): string | undefined {
  const value = source[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw validationError(`${member} must be a string`);
  return value;
}

function oneOf<T extends string>(
  source: Json,
  member: string,
  allowed: readonly T[],
  { under = '' } = {},
): T | undefined {
  const value = text(source, member);
  if (value === undefined || (allowed as readonly string[]).includes(value)) {
    return value as T | undefined;
  }
  const path = under + member.charAt(0).toLowerCase() + member.slice(1);
  throw constraintError(value, path, `satisfy enum value set: [${allowed.join(', ')}]`);
}

/** The API counts in whole seconds; a fraction is cut off. */
function wholeSeconds(source: Json, member: string): number | undefined {
  const value = source[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw validationError(`${member} must be a number of seconds since 1970`);
  }
  return Math.floor(value);
}

function micros(seconds: number): bigint {
  return BigInt(seconds) * 1_000_000n;
}

function floorToSecond(timeMicros: bigint): bigint {
  return timeMicros - (timeMicros % 1_000_000n);
}

function iso(timeMicros: bigint): string {
  const epochMs = Number(timeMicros / 1000n);
  // Beyond what a Date can hold there is no text for a time, and still the message must say one.
  if (Math.abs(epochMs) > 8.64e15) return `${timeMicros / 1_000_000n} s`;
  return new Date(epochMs).toISOString().replace('.000Z', 'Z');
}
