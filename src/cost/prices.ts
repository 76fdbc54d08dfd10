/** Owns the prices by which costs are told: one list, of one Region, of one date, with its sources. */

/** What things cost, in whole micro-dollars. */
export interface Prices {
  /** The day on which the list was read from its sources. */
  readonly asOf: string;
  /** The Region whose prices AWS's are; others differ, most by less than a third. */
  readonly region: string;
  /** A GB (10^9 bytes) of BilledSizeBytes, of a full export. */
  readonly fullExportPerGb: number;
  /** A GB of BilledSizeBytes, of an incremental export. */
  readonly incrementalExportPerGb: number;
  /** The least that an incremental export is billed for, however little changed, in bytes. */
  readonly incrementalMinBytes: number;
  /** A GB of the table's size, for a month of point-in-time recovery. */
  readonly pitrPerGbMonth: number;
  /** A million of S3's PUT, COPY, POST and LIST requests. */
  readonly s3WritesPerMillion: number;
  /** A million of S3's GET and HEAD requests; DELETE is free. */
  readonly s3ReadsPerMillion: number;
  /** A GB in S3 Standard for a month, up to 50 TB. */
  readonly s3StoragePerGbMonth: number;
  /** A million of Temporal Cloud's Actions, at the list price of the first five million of a month. */
  readonly actionsPerMillion: number;
}

/**
 * Sources: aws.amazon.com/dynamodb/pricing (exports, recovery), developerguide
 * S3DataExport_Requesting (10 MB at least for an incremental export), aws.amazon.com/s3/pricing,
 * docs.temporal.io/cloud/pricing. A server of one's own costs no Actions.
 */
export const PRICES: Prices = Object.freeze({
  asOf: '2026-11-30',
  region: 'us-east-1',
  fullExportPerGb: 100_000,
  incrementalExportPerGb: 100_000,
  incrementalMinBytes: 10_000_000,
  pitrPerGbMonth: 200_000,
  s3WritesPerMillion: 5_000_000,
  s3ReadsPerMillion: 400_000,
  s3StoragePerGbMonth: 23_000,
  actionsPerMillion: 50_000_000,
});

/** Whole micro-dollars of `bytes` at `perGb`; a part of one counts as one. */
export function priceOfBytes(bytes: number, perGb: number): number {
  return Math.ceil((bytes / 1e9) * perGb);
}

/** Whole micro-dollars of `count` things at `perMillion`; a part of one counts as one. */
export function priceOfCount(count: number, perMillion: number): number {
  return Math.ceil((count * perMillion) / 1e6);
}
