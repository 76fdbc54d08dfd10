/** Owns the export that was asked for ahead of its load, and which of several follow a watermark. */
import type { Instant } from '../core/instant.js';
import type { ExportScope } from '../export/table-exports.js';

/** An export that was asked for before its turn to be loaded. */
export interface Flight {
  readonly scope: Extract<ExportScope, { readonly kind: 'incremental' }>;
  readonly exportArn: string;
  /** See `exportAttempt`. */
  readonly attempt: number;
}

/** Those of `flights` that follow `watermark` one after the other: none that the lake has, or that would leave a gap. */
export function flightsAfter(flights: readonly Flight[], watermark: Instant): readonly Flight[] {
  const ahead = flights.filter(({ scope }) => scope.window.to > watermark);
  return ahead[0]?.scope.window.from === watermark ? ahead : [];
}
