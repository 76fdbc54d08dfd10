/** Owns the question whether a budget can be met at all. */
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { budgetText } from './dollars.js';
import { paidMicros } from './load-cost.js';
import { planWidth } from './plan-table-cost.js';
import { stepWithin, windowSteps, type WidthBounds } from './window-steps.js';

/** A budget, and the windows that are to keep it. */
export interface BudgetQuestion extends WidthBounds {
  readonly tableName: string;
  /** A month, in micro-dollars. */
  readonly budgetMicros: number;
  readonly pollSeconds: number;
  /** The shortest export that the service takes. */
  readonly minExportSeconds?: number;
  readonly actionsAreBilled: boolean;
}

/**
 * InvalidConfig, with the least budget that can be, where the widest windows cost more even of a table
 * that never changes.
 */
export function checkBudget(question: BudgetQuestion): void {
  const { tableName, budgetMicros, actionsAreBilled, widestSeconds } = question;
  const widest = stepWithin(windowSteps(question), widestSeconds);
  const idle = { ...question, tableBytes: 0, changeBytesPerSecond: 0 };
  const least = paidMicros(planWidth(widest, idle), actionsAreBilled);
  if (budgetMicros >= least) return;
  const hours = widest / 3600;
  const width = hours >= 1 ? `${hours} hours` : `${widest / 60} minutes`;
  throw new TidemarkError(
    `The budget of ${tableName}, ${budgetText(budgetMicros)}, cannot be met: windows of ${width}, the widest there may be, cost ${budgetText(least)} even if nothing changes.`,
    {
      code: ErrorCode.InvalidConfig,
      subject: 'budget',
      hint: `Set budget: '${budgetText(least)}' or more; \`tidemark plan ${tableName}\` shows what each width costs.`,
    },
  );
}
