/** Owns how a table's costs read. */
import { dollarsText, budgetText } from '../cost/dollars.js';
import { monthSum, type LedgerMonth } from '../cost/ledger.js';
import { paidMicros } from '../cost/load-cost.js';
import { PRICES } from '../cost/prices.js';
import type { TableSyncStatus } from '../sync/table-sync-status.js';
import type { SeenSync } from '../temporal/table-syncs.js';
import { ACTIONS_NOT_BILLED, actionsHeading } from './billing-text.js';
import { bytesText, countText } from './format.js';
import type { Output } from './output.js';
import { textTable } from './text-table.js';

/** Lines for people: a table of months. */
export function costLines(sync: SeenSync, output: Output): readonly string[] {
  const { status, silence } = sync;
  const head = `${output.style('bold', sync.tableName)} ${output.style('dim', sync.region)}`;
  if (status === undefined) return [head, `  ${output.style('yellow', silence ?? '')}`];
  const { ledger } = status;
  if (ledger === undefined) return [head, '  nothing yet: no load was committed'];
  const columns = [
    { name: 'month' },
    { name: 'windows', align: 'right' },
    { name: 'full loads', align: 'right' },
    { name: 'audits', align: 'right' },
    { name: 'billed', align: 'right' },
    { name: '$ exports', align: 'right' },
    { name: 'S3 requests', align: 'right' },
    { name: '$ S3', align: 'right' },
    { name: 'actions', align: 'right' },
    { name: actionsHeading(status.actionsAreBilled === true), align: 'right' },
    { name: 'total', align: 'right' },
  ] as const;
  const rows = ledger.months.map((month) => monthCells(month, status, output));
  const notes = [
    `Since ${ledger.since}; prices of ${PRICES.region} as of ${PRICES.asOf}. Not in it: point-in-time recovery, storage, queries.`,
    ...(status.actionsAreBilled === true ? [] : [ACTIONS_NOT_BILLED]),
  ];
  const outlook = outlookText(status);
  return [
    head,
    ...textTable(columns, rows).map((line) => `  ${line}`),
    '',
    ...(outlook === undefined ? [] : [`  ${outlook}`]),
    ...notes.map((note) => `  ${output.style('dim', note)}`),
  ];
}

/** `$0.03 in 2026-11, about $0.05 by its end`; with the budget, where there is one. */
export function outlookText(status: TableSyncStatus): string | undefined {
  const { outlook, budgetMicros } = status;
  if (outlook === undefined) return undefined;
  const { month, spentMicros, windowsMicros, isOverBudget } = outlook;
  const sofar = `${dollarsText(spentMicros)} in ${month}, windows about ${dollarsText(windowsMicros)} by its end`;
  if (budgetMicros === undefined) return sofar;
  return isOverBudget
    ? `${sofar}: more than the budget of ${budgetText(budgetMicros)}, though windows are as wide as they get`
    : `${sofar}, of a budget of ${budgetText(budgetMicros)}`;
}

function monthCells(month: LedgerMonth, status: TableSyncStatus, output: Output): string[] {
  const { windows, fullLoads, audits } = month;
  const all = monthSum(month);
  return [
    month.month,
    countText(windows.loads),
    countText(fullLoads.loads),
    countText(audits?.loads ?? 0),
    bytesText(all.billedSizeBytes),
    dollarsText(all.exportMicros),
    countText(all.writes + all.reads),
    dollarsText(all.s3Micros),
    countText(all.actions),
    dollarsText(all.actionMicros),
    output.style('bold', dollarsText(paidMicros(all, status.actionsAreBilled === true))),
  ];
}
