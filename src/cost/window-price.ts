/** Owns what a table's windows cost: by those that were measured, before that by what is usual. */
import type { WindowPrice } from './adapt-window.js';
import { costOfUsage, paidMicros } from './load-cost.js';
import type { LoadUsage } from './load-usage.js';
import { PRICES, priceOfBytes } from './prices.js';
import { EXPORT_SECONDS, lookInterval, usualUse } from './window-use.js';

/** A window that was committed, as far as its cost goes. */
export interface MeasuredWindow {
  readonly widthSeconds: number;
  readonly billedSizeBytes: number;
  readonly usage?: LoadUsage;
}

/** What decides on the cost of a window besides what is measured. */
export interface PriceSettings {
  readonly windowSeconds: number;
  readonly pollSeconds: number;
  readonly actionsAreBilled?: boolean;
}

/** The price of a table's windows. */
export function windowPrice(
  measured: readonly MeasuredWindow[],
  { windowSeconds, pollSeconds, actionsAreBilled = false }: PriceSettings,
): WindowPrice {
  const usages = measured.flatMap(({ usage }) => (usage === undefined ? [] : [usage]));
  const usual = usualUse(lookInterval(windowSeconds, pollSeconds), EXPORT_SECONDS);
  const overheads = (usages.length === 0 ? [usual] : usages).map((usage) =>
    paidMicros({ exportMicros: 0, ...costOfUsage(usage) }, actionsAreBilled),
  );
  return {
    exportMinMicros: priceOfBytes(PRICES.incrementalMinBytes, PRICES.incrementalExportPerGb),
    changeMicrosPerSecond: changeRate(measured) * (PRICES.incrementalExportPerGb / 1e9),
    overheadMicros: overheads.reduce((sum, each) => sum + each, 0) / overheads.length,
  };
}

/**
 * Bytes a second that exports are billed by what changed. Windows that were billed the minimum tell
 * nothing of that, and count as none.
 */
export function changeRate(measured: readonly MeasuredWindow[]): number {
  const seconds = measured.reduce((sum, { widthSeconds }) => sum + widthSeconds, 0);
  const bytes = measured
    .filter(({ billedSizeBytes }) => billedSizeBytes > PRICES.incrementalMinBytes)
    .reduce((sum, { billedSizeBytes }) => sum + billedSizeBytes, 0);
  return seconds === 0 ? 0 : bytes / seconds;
}
