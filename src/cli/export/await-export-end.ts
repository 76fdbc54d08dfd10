/** Owns waiting for a single export while its reader sees that it goes on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { ExportStatus, TableExports } from '../../export/table-exports.js';
import { timeText } from '../format.js';
import { LiveArea } from '../live-area.js';
import type { Output } from '../output.js';

/** An export that came to a good end. */
export type CompletedExport = Extract<ExportStatus, { readonly status: 'COMPLETED' }>;

const DRAW_INTERVAL_MS = 500;

/** Undefined when `signal` was aborted first; ExportFailed tells why the export failed. */
export async function awaitExportEnd(
  exports: TableExports,
  exportArn: string,
  options: { readonly output: Output; readonly pollMs: number; readonly signal: AbortSignal },
): Promise<CompletedExport | undefined> {
  const { output, pollMs, signal } = options;
  const area = new LiveArea(output.terminal);
  const startedMs = Date.now();
  const drawing = setInterval(() => {
    area.show([
      `  exporting… ${timeText(Date.now() - startedMs)} (some minutes on AWS, whatever the size)`,
    ]);
  }, DRAW_INTERVAL_MS);
  try {
    while (!signal.aborted) {
      const status = await exports.describeExport(exportArn);
      if (status.status === 'COMPLETED') return status;
      if (status.status === 'FAILED') throw failed(exportArn, status);
      await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  } finally {
    clearInterval(drawing);
    area.clear();
  }
}

function failed(
  exportArn: string,
  { failureCode, failureMessage }: Extract<ExportStatus, { readonly status: 'FAILED' }>,
): TidemarkError {
  return new TidemarkError(`The export failed: ${failureCode}: ${failureMessage}`, {
    code: ErrorCode.ExportFailed,
    subject: exportArn,
    hint: 'Check the bucket, its policy and its key; DynamoDB writes the export itself.',
  });
}
