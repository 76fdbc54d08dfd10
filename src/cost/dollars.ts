/** Owns how money is read and written: dollars for people, whole micro-dollars everywhere else. */

/** What a budget looks like, as the end of a sentence. */
export const BUDGET_FORM = "a budget such as '$5/month' or '$0.50/month'";

/** Whole micro-dollars a month of `text`; undefined when it is no budget above zero. */
export function parseBudget(text: string): number | undefined {
  const match = /^\$\s?(\d{1,7}(?:\.\d{1,6})?)\s?\/\s?month$/.exec(text.trim());
  if (match === null) return undefined;
  const micros = Math.round(Number(match[1]) * 1e6);
  return micros > 0 ? micros : undefined;
}

/** `$5.00`, `$0.03`; `<$0.01` for what is less than a cent and more than nothing. */
export function dollarsText(micros: number): string {
  if (micros > 0 && micros < 10_000) return '<$0.01';
  const [whole = '', cents = ''] = (micros / 1e6).toFixed(2).split('.');
  return `$${whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')}.${cents}`;
}

/** The least budget, to the cent, that covers `micros`: `$0.05/month`. */
export function budgetText(micros: number): string {
  return `$${(Math.ceil(micros / 10_000) / 100).toFixed(2)}/month`;
}
