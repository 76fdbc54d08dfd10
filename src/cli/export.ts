/** Owns `tidemark export`: one export of a table, watched to its end and counted. */
import { Command } from 'commander';
import { syncInputOf } from '../config/sync-input-of.js';
import type { TidemarkConfig } from '../config/tidemark-config.js';
import { clientTokenOf } from '../export/client-token.js';
import { windowPrefix } from '../export/window-prefix.js';
import { destinationOf } from '../sync/table-sync-input.js';
import type { ExportRequest, ExportScope } from '../export/table-exports.js';
import type { AwsAccess } from './aws-access.js';
import { awaitExportEnd } from './export/await-export-end.js';
import { countExport, type ExportContents } from './export/count-export.js';
import { planScope } from './export/plan-scope.js';
import { findTable } from './find-table.js';
import { bytesText, countText, plural } from './format.js';
import { onInterrupt } from './interrupt.js';
import { openScope, withAws, type Scope } from './scope.js';

interface ExportOptions {
  readonly at?: string;
  readonly from?: string;
  readonly to?: string;
  readonly view?: TidemarkConfig['view'];
  readonly bucket?: string;
}

/** The command. */
export function exportCommand(): Command {
  return new Command('export')
    .summary('take a single export and say what it holds')
    .description(
      'Takes one export, without a sync: of the whole table at --at (exclusive; by default the latest\n' +
        'that can be restored), or of the changes in [--from, --to). Waits for its end, then reads and\n' +
        'verifies every file and counts what is in it.',
    )
    .argument('<table>', 'name of a DynamoDB table')
    .option('--at <time>', 'full export of the table at this time, such as 2026-11-24T08:00:00Z')
    .option('--from <time>', 'incremental export from this time on (inclusive)')
    .option('--to <time>', 'incremental export up to this time (exclusive)')
    .option('--view <view>', 'of an incremental export: NEW_AND_OLD_IMAGES or NEW_IMAGE')
    .option('--bucket <name>', 'bucket to export to, over the configuration')
    .addHelpText(
      'after',
      '\nExamples:\n  $ tidemark export orders\n' +
        '  $ tidemark export orders --from 2026-11-24T08:00:00Z --to 2026-11-24T08:15:00Z --json\n',
    )
    .action(async (table: string, options: ExportOptions, command: Command) => {
      const { bucket, view } = options;
      const scope = await openScope(command, { bucket, view });
      await withAws(scope, (aws) => exportOnce(scope, aws, table, options));
    });
}

async function exportOnce(
  { config, output }: Scope,
  aws: AwsAccess,
  tableName: string,
  options: ExportOptions,
): Promise<void> {
  const input = syncInputOf(config, tableName, aws);
  const table = await findTable(aws, tableName);
  const pitr = await aws.tableExports.describePitr(tableName);
  const scope = planScope(options, { input, pitr, nowMs: Date.now() });
  const prefix = windowPrefix(input.exportPrefix, tableName, scope);
  const request: ExportRequest = {
    tableArn: table.tableArn,
    scope,
    ...destinationOf(input),
    prefix,
    // Epoch 0 is no sync's: a single export never takes the place of one of theirs.
    clientToken: clientTokenOf({
      tableId: table.tableId,
      epoch: 0,
      scope,
      bucket: input.exportBucket,
      prefix,
      attempt: 1,
    }),
  };
  const { exportArn } = await aws.tableExports.requestExport(request);
  output.note(`export ${scopeText(scope)} of ${tableName}: ${exportArn}`);
  const interrupt = onInterrupt();
  try {
    const ended = await awaitExportEnd(aws.tableExports, exportArn, {
      output,
      pollMs: input.pollSeconds * 1000,
      signal: interrupt.signal,
    });
    if (ended === undefined) {
      output.note('The export goes on in DynamoDB; the same command looks at it again.');
      return;
    }
    const contents = await countExport({
      store: aws.bucket(input.exportBucket),
      manifestKey: ended.manifestKey,
      expected: { exportArn, tableArn: table.tableArn, tableId: table.tableId, scope },
      keyAttributes: table.keyAttributes,
    });
    const place = `s3://${input.exportBucket}/${ended.manifestKey.replace(/[^/]*$/, '')}`;
    for (const line of contentLines(contents, ended.billedSizeBytes, place)) output.line(line);
    output.json({ exportArn, scope, place, billedSizeBytes: ended.billedSizeBytes, ...contents });
  } finally {
    interrupt.release();
  }
}

function scopeText(scope: ExportScope): string {
  if (scope.kind === 'full') return `at ${scope.exportTime}`;
  return `[${scope.window.from}, ${scope.window.to})`;
}

function contentLines(contents: ExportContents, billedSizeBytes: number, place: string): string[] {
  const kinds = Object.entries(contents.changes)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => plural(count, kind));
  return [
    `${plural(contents.items, 'record')} in ${plural(contents.files, 'file')} of ${bytesText(contents.sizeBytes)}, every one verified`,
    ...(kinds.length === 0 ? [] : [`  ${kinds.join(', ')}`]),
    `  billed by DynamoDB for ${bytesText(billedSizeBytes)} (${countText(billedSizeBytes)} bytes)`,
    `  ${place}`,
  ];
}
