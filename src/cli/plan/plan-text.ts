/** Owns how a table's plan reads. */
import { durationText } from '../../config/duration.js';
import { budgetText, dollarsText } from '../../cost/dollars.js';
import { paidMicros } from '../../cost/load-cost.js';
import type { TablePlan, WidthPlan } from '../../cost/plan-table-cost.js';
import { PRICES } from '../../cost/prices.js';
import { ACTIONS_NOT_BILLED, actionsHeading } from '../billing-text.js';
import { bytesText, countText, timeText } from '../format.js';
import type { Output } from '../output.js';
import type { TableSize } from '../table-size.js';
import { textTable } from '../text-table.js';
import type { ChangeRate } from './change-rate.js';

/** A plan with what it was made from. */
export interface ToldPlan extends TablePlan {
  readonly tableName: string;
  readonly region: string;
  readonly size: TableSize;
  readonly changeRate: ChangeRate;
  /** As configured: by `window`, or by `freshness`. */
  readonly windowSeconds: number;
  /** How wide windows may get where they adapt. */
  readonly widestSeconds: number;
  readonly adaptive?: boolean;
  readonly budgetMicros?: number;
  readonly isRunning: boolean;
  /** How much faster time runs than on AWS; 1 on AWS. */
  readonly timesFaster: number;
  readonly actionsAreBilled: boolean;
}

/** Lines for people. */
export function planLines(plan: ToldPlan, output: Output): readonly string[] {
  const { size, changeRate, actionsAreBilled } = plan;
  const items = `${countText(size.items)} item${size.items === 1 ? '' : 's'}`;
  const facts: [string, string][] = [
    [
      'table',
      `${bytesText(size.sizeBytes)}, ${items}, as DynamoDB counted within the last six hours`,
    ],
    ['changes', changeRate.about],
    [
      'once',
      `${dollarsText(plan.onceMicros)} for the full load, unless the lake has the table already`,
    ],
    ['always', `${dollarsText(plan.recoveryMicros)} a month for point-in-time recovery`],
    ...(plan.auditMicros === undefined
      ? []
      : [
          ['audits', `${dollarsText(plan.auditMicros)} a month, each a full export`] as [
            string,
            string,
          ],
        ]),
  ];
  return [
    `${output.style('bold', plan.tableName)} ${output.style('dim', plan.region)}`,
    ...facts.map(([name, text]) => `  ${output.style('dim', name.padEnd(7))}  ${text}`),
    '',
    ...widthsTable(plan, output).map((line) => `  ${line}`),
    '',
    ...[
      ...settingLines(plan),
      ...paceLines(plan),
      `Prices of ${PRICES.region} as of ${PRICES.asOf}; a month is 30 days. ${
        actionsAreBilled ? 'Temporal is priced as Temporal Cloud lists it.' : ACTIONS_NOT_BILLED
      }`,
    ].map((line) => `  ${output.style('dim', line)}`),
  ];
}

function widthsTable(plan: ToldPlan, output: Output): readonly string[] {
  const { actionsAreBilled } = plan;
  const columns = [
    { name: 'window' },
    { name: 'at most behind', align: 'right' },
    { name: 'exports', align: 'right' },
    { name: 'billed', align: 'right' },
    { name: '$ exports', align: 'right' },
    { name: '$ S3', align: 'right' },
    { name: 'actions', align: 'right' },
    { name: actionsHeading(actionsAreBilled), align: 'right' },
    { name: 'a month', align: 'right' },
  ] as const;
  const rows = plan.widths.map((width) => [
    `${durationText(width.windowSeconds)}${width.windowSeconds === plan.windowSeconds ? ' ←' : ''}`,
    timeText(width.freshnessSeconds * 1000),
    countText(width.windows),
    bytesText(width.billedSizeBytes),
    dollarsText(width.exportMicros),
    dollarsText(width.s3Micros),
    countText(width.actions),
    dollarsText(width.actionMicros),
    output.style('bold', dollarsText(paidMicros(width, actionsAreBilled))),
  ]);
  return textTable(columns, rows);
}

/** Where minutes pass faster than on AWS, more windows fit a month than anybody would pay for. */
function paceLines({ timesFaster }: ToldPlan): readonly string[] {
  return timesFaster === 1
    ? []
    : [
        `Windows here may be ${countText(timesFaster)} times as short as on AWS: no bill would come to this.`,
      ];
}

/** What the table's own settings come to. */
function settingLines(plan: ToldPlan): readonly string[] {
  const { widths, windowSeconds, adaptive, budgetMicros, actionsAreBilled } = plan;
  const paid = (width: WidthPlan): number => paidMicros(width, actionsAreBilled);
  const own = widths.find((width) => width.windowSeconds === windowSeconds);
  const widest = widths.findLast((width) => width.windowSeconds <= plan.widestSeconds);
  const lines: string[] = [`← is the window that is configured.`];
  if (own === undefined || widest === undefined) return lines;
  if (adaptive === true) {
    lines.push(
      `adaptive: ${dollarsText(paid(own))} a month while busy, ${dollarsText(paid(widest))} while nothing changes.`,
    );
  }
  if (budgetMicros !== undefined) {
    const fitting = widths.find(
      (width) =>
        width.windowSeconds >= windowSeconds &&
        width.windowSeconds <= plan.widestSeconds &&
        paid(width) <= budgetMicros,
    );
    lines.push(
      fitting === undefined
        ? `budget: ${budgetText(budgetMicros)} cannot be met by this rate of change; the least is ${budgetText(paid(widest))}.`
        : `budget: ${budgetText(budgetMicros)} allows windows of ${durationText(fitting.windowSeconds)}.`,
    );
  }
  return lines;
}
