/** Owns how wide a table's next window is: wider while it is quiet or money is short, else narrow. */
import { stepWithin, windowSteps, type WidthBounds } from './window-steps.js';

/** A window that was committed. */
export interface PastWindow {
  readonly widthSeconds: number;
  /** Keys that changed in it. */
  readonly changes: number;
}

/** What is left of a month's budget, and what windows cost. */
export interface BudgetLeft {
  /** Micro-dollars; below zero when it is overdrawn. */
  readonly leftMicros: number;
  /** To the end of the month. */
  readonly leftSeconds: number;
  readonly price: WindowPrice;
}

/** What a window of any width costs, in micro-dollars. */
export interface WindowPrice {
  /** The least that its export is billed. */
  readonly exportMinMicros: number;
  /** What changes cost, by the second, where they come to more than that. */
  readonly changeMicrosPerSecond: number;
  /** Requests and Actions of a window, whatever its width. */
  readonly overheadMicros: number;
}

/** Everything that the next width depends on. */
export interface WidthQuestion extends WidthBounds {
  /** Newest first, back to the last full load; absent where quiet and busy make no difference. */
  readonly past?: readonly PastWindow[];
  readonly budget?: BudgetLeft;
}

/** The width of the next window in seconds; a budget may ask for more than the changes do. */
export function adaptWindow(question: WidthQuestion): number {
  const { past, budget } = question;
  const { narrowestSeconds } = question;
  return Math.max(
    past === undefined ? narrowestSeconds : widthByChanges(past, question),
    budget === undefined ? narrowestSeconds : widthByBudget(budget, question),
  );
}

/**
 * By what the last windows held:
 * - no change: at most as wide as the table has been quiet. So a change that ends a quiet spell
 *   comes no later than the spell was long, and a table that is left alone reaches the widest soon;
 * - a change for each narrowest window, or more: the narrowest, at once;
 * - fewer: half as wide as the last. So a table of a few changes a day settles in between.
 */
export function widthByChanges(past: readonly PastWindow[], bounds: WidthBounds): number {
  const steps = windowSteps(bounds);
  const [newest] = past;
  if (newest === undefined) return stepWithin(steps, bounds.narrowestSeconds);
  const { changes, widthSeconds } = newest;
  if (changes === 0) return stepWithin(steps, quietSeconds(past));
  const isBusy = changes * bounds.narrowestSeconds >= widthSeconds;
  return stepWithin(steps, isBusy ? bounds.narrowestSeconds : widthSeconds / 2);
}

/** The narrowest width at which what is left lasts to the month's end; the widest when none does. */
export function widthByBudget(
  { leftMicros, leftSeconds, price }: BudgetLeft,
  bounds: WidthBounds,
): number {
  const steps = windowSteps(bounds);
  const affordable = steps.find((width) => costOver(leftSeconds, width, price) <= leftMicros);
  return affordable ?? steps.at(-1) ?? bounds.widestSeconds;
}

/** What windows of `widthSeconds` cost over `seconds`, in micro-dollars. */
export function costOver(seconds: number, widthSeconds: number, price: WindowPrice): number {
  const { exportMinMicros, changeMicrosPerSecond, overheadMicros } = price;
  const each = Math.max(exportMinMicros, changeMicrosPerSecond * widthSeconds) + overheadMicros;
  return (seconds / widthSeconds) * each;
}

function quietSeconds(past: readonly PastWindow[]): number {
  const lastChange = past.findIndex(({ changes }) => changes > 0);
  const quiet = lastChange === -1 ? past : past.slice(0, lastChange);
  return quiet.reduce((sum, { widthSeconds }) => sum + widthSeconds, 0);
}
