/** Owns `verify` from its command line on: the lake found, compared, told of. */
import { catalogsByEnvironment } from '../../config/catalogs-by-environment.js';
import { syncInputOf } from '../../config/sync-input-of.js';
import { lakeLocation } from '../../processing/lake-location.js';
import type { AwsAccess } from '../aws-access.js';
import { ExitCode } from '../exit-code.js';
import { findTable } from '../find-table.js';
import { onInterrupt } from '../interrupt.js';
import { findLake, type FoundLake } from '../load/open-lake-place.js';
import type { Scope } from '../scope.js';
import { tellReport } from './report-text.js';
import { verifyTable } from './verify-table.js';

/** What the command line says besides the table. */
export interface VerifyOptions {
  readonly lake?: string;
  readonly bucket?: string;
  readonly differences: number;
}

/** Compares and tells; the process ends with 1 where there is a difference. */
export async function verifyLake(
  { config, output }: Scope,
  aws: AwsAccess,
  tableName: string,
  options: VerifyOptions,
): Promise<void> {
  const input = syncInputOf(config, tableName, aws);
  const table = await findTable(aws, tableName);
  const lake = options.lake ?? `s3://${input.lakeBucket}/${input.lakePrefix}`;
  const found = await findLake(lake, (name) => Promise.resolve(aws.bucket(name)));
  const interrupt = onInterrupt(() => {
    output.note('stopping… (Ctrl-C again to force)');
  });
  try {
    const report = await verifyTable(aws, {
      table,
      input,
      location: locationOf(found, input),
      shown: options.differences,
      output,
      signal: interrupt.signal,
    });
    if (report === undefined) {
      process.exitCode = ExitCode.interrupted;
      return;
    }
    tellReport({ ...report, lake: found.shown }, output);
    if (!report.isEqual) process.exitCode = ExitCode.failed;
  } finally {
    interrupt.release();
  }
}

function locationOf(
  { store, lakePrefix }: FoundLake,
  { catalog }: Parameters<typeof lakeLocation>[1],
): ReturnType<typeof lakeLocation> {
  const place = { lakePrefix, ...(catalog === undefined ? {} : { catalog }) };
  return lakeLocation(store, place, catalogsByEnvironment(process.env));
}
