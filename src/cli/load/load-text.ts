/** Owns how a load is told: its plan as a table, each export as it lands, the whole at the end. */
import { scopeText } from '../../export/export-chain.js';
import { bytesText, countText, plural, timeText } from '../format.js';
import { textTable } from '../text-table.js';
import type { Output } from '../output.js';
import type { LakePlace } from './open-lake-place.js';
import type { LoadPlan, PlannedExport } from './plan-load.js';
import type { ExportClaim } from './read-claims.js';
import type { LoadedExport, LoadProgress } from './run-load.js';

/** The plan, and nothing done. */
export function tellPlan(output: Output, plan: LoadPlan, { tableName, lake }: LakePlace): void {
  const [heading = '', ...rows] = planLines(plan);
  output.line(output.style('bold', heading));
  for (const row of rows) output.line(row);
  const key = plan.keyAttributes.map((name) => `"${name}"`).join(', ');
  output.note(
    `A dry run: nothing was written to ${tableName} in ${lake}${key === '' ? '' : `; its key is ${key}`}.`,
  );
  output.json({
    tableName,
    lake,
    dryRun: true,
    watermark: plan.before?.watermark ?? null,
    keyAttributes: plan.keyAttributes,
    exports: plan.exports.map(({ action, claim }) => ({ action, ...claimJson(claim) })),
  });
}

function planLines({ exports }: LoadPlan): string[] {
  return textTable(
    [
      { name: 'EXPORT' },
      { name: 'ACTION' },
      { name: 'RECORDS', align: 'right' },
      { name: 'FILES', align: 'right' },
      { name: 'BILLED', align: 'right' },
      { name: 'PLACE' },
    ],
    exports.map((planned) => {
      const { scope, itemCount, billedSizeBytes, place } = planned.claim;
      const files = planned.action === 'commit' ? countText(planned.claim.files) : '';
      return [
        scopeText(scope),
        actionText(planned),
        countText(itemCount),
        files,
        bytesText(billedSizeBytes),
        place,
      ];
    }),
  );
}

function actionText({ action, claim }: PlannedExport): string {
  if (action === 'already-committed') return 'already committed';
  return claim.scope.kind === 'full' ? 'load as base' : 'load';
}

/** One line that stays. */
export function loadedLine({ claim, outcome, rows, sizeBytes, tookMs }: LoadedExport): string {
  const what = scopeText(claim.scope);
  if (outcome === 'already-committed') return `already committed  ${what}  ${claim.place}`;
  const amounts = `${plural(rows, 'row')}, ${bytesText(sizeBytes)} in ${timeText(tookMs)}`;
  return `committed  ${what}: ${amounts} (${rateText(sizeBytes, tookMs)})  ${claim.place}`;
}

/** One line that is drawn over and over. */
export function progressLine(
  { claim, records, bytesRead, startedMs }: LoadProgress,
  nowMs: number,
): string {
  const lengthMs = nowMs - startedMs;
  const read = `${plural(records, 'record')} read, of ${countText(claim.itemCount)}`;
  return `  loading ${scopeText(claim.scope)}: ${read}, ${rateText(bytesRead, lengthMs)}, ${timeText(lengthMs)}`;
}

function rateText(sizeBytes: number, lengthMs: number): string {
  return `${bytesText(Math.round((sizeBytes * 1000) / Math.max(1, lengthMs)))}/s`;
}

/** An export in an answer for programs. */
export function claimJson(
  claim: ExportClaim,
): Pick<
  ExportClaim,
  'place' | 'exportArn' | 'tableId' | 'scope' | 'itemCount' | 'billedSizeBytes'
> {
  const { place, exportArn, tableId, scope, itemCount, billedSizeBytes } = claim;
  return { place, exportArn, tableId, scope, itemCount, billedSizeBytes };
}
