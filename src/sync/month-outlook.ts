/** Owns what the month in hand has cost a table, and what it comes to. */
import { costOver } from '../cost/adapt-window.js';
import { monthAt, monthSum } from '../cost/ledger.js';
import { paidMicros } from '../cost/load-cost.js';
import { windowPrice } from '../cost/window-price.js';
import { widthInHand } from './flights.js';
import type { TableSyncState } from './table-sync-state.js';
import { secondsToMonthEnd, windowsSinceBase, type WidthSettings } from './window-width.js';

/** All in micro-dollars, Temporal's Actions among them where they are billed. */
export interface MonthOutlook {
  /** `2026-11`, of the watermark. */
  readonly month: string;
  /** Full loads and audits among it. */
  readonly spentMicros: number;
  /** Of windows alone, by the month's end, if it goes on as it is. */
  readonly windowsMicros: number;
  /** Whether that is more than the budget: windows are as wide as they get, and cost more. */
  readonly isOverBudget: boolean;
}

/** Undefined before the first load that was booked. */
export function monthOutlook(
  state: TableSyncState,
  settings: WidthSettings,
): MonthOutlook | undefined {
  const { watermark, ledger } = state;
  if (watermark === undefined || ledger === undefined) return undefined;
  const { actionsAreBilled = false, budgetMicros } = settings;
  const inHand = monthAt(ledger, watermark);
  const price = windowPrice(windowsSinceBase(state.recentLoads), settings);
  const ahead = costOver(secondsToMonthEnd(watermark), widthInHand(state, settings), price);
  const windowsMicros = Math.round(paidMicros(inHand.windows, actionsAreBilled) + ahead);
  return {
    month: inHand.month,
    spentMicros: paidMicros(monthSum(inHand), actionsAreBilled),
    windowsMicros,
    isOverBudget: budgetMicros !== undefined && windowsMicros > budgetMicros,
  };
}
