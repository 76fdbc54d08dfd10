/** Owns the proof at the end of `up --windows`: table and lake hold the same at the watermark. */
import { catalogsByEnvironment } from '../../config/catalogs-by-environment.js';
import { lakeLocation } from '../../processing/lake-location.js';
import type { TableSyncInput } from '../../sync/table-sync-input.js';
import type { AwsAccess } from '../aws-access.js';
import type { Output } from '../output.js';
import { reportLines } from '../verify/report-text.js';
import { verifyTable } from '../verify/verify-table.js';

const SHOWN = 5;

/** Compares as `tidemark verify` does, and tells; false where they differ or `signal` is aborted. */
export async function closingReport(
  aws: AwsAccess,
  input: TableSyncInput,
  { output, signal }: { readonly output: Output; readonly signal: AbortSignal },
): Promise<boolean> {
  const { tableName, lakeBucket, lakePrefix } = input;
  const location = lakeLocation(aws.bucket(lakeBucket), input, catalogsByEnvironment(process.env));
  const table = await aws.tableExports.describeTable(tableName);
  const report = await verifyTable(aws, { table, input, location, shown: SHOWN, output, signal });
  if (report === undefined) return false;
  const placed = { ...report, lake: `s3://${lakeBucket}/${lakePrefix}` };
  output.json({ event: 'report', ...placed });
  output.line();
  for (const line of ['closing report', ...reportLines(placed, output)]) output.line(line);
  return report.isEqual;
}
