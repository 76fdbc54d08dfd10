/** Owns what one load costs, in micro-dollars. */
import type { LoadUsage } from './load-usage.js';
import { PRICES, priceOfBytes, priceOfCount } from './prices.js';

/** The parts of a cost, each in whole micro-dollars. */
export interface CostParts {
  readonly exportMicros: number;
  readonly s3Micros: number;
  /** At Temporal Cloud's list price; a server of one's own bills none. */
  readonly actionMicros: number;
}

/** A load as it is billed. */
export interface BilledLoad extends LoadUsage {
  readonly kind: 'full' | 'incremental';
  readonly billedSizeBytes: number;
}

/** What `load` costs by the list of prices. */
export function costOfLoad(load: BilledLoad): CostParts {
  const perGb = load.kind === 'full' ? PRICES.fullExportPerGb : PRICES.incrementalExportPerGb;
  return { exportMicros: priceOfBytes(load.billedSizeBytes, perGb), ...costOfUsage(load) };
}

/** What a load's requests and Actions cost. */
export function costOfUsage(usage: LoadUsage): Omit<CostParts, 'exportMicros'> {
  return {
    s3Micros:
      priceOfCount(usage.writes, PRICES.s3WritesPerMillion) +
      priceOfCount(usage.reads, PRICES.s3ReadsPerMillion),
    actionMicros: priceOfCount(usage.actions, PRICES.actionsPerMillion),
  };
}

/** What is paid: AWS's part, and Temporal's where its Actions are billed. */
export function paidMicros(parts: CostParts, actionsAreBilled: boolean): number {
  return parts.exportMicros + parts.s3Micros + (actionsAreBilled ? parts.actionMicros : 0);
}
