/** Owns which export follows another where exports may overlap, so that windows are shorter than the service takes them. */
import { assert } from './assert.js';
import type { ExportWindow } from './export-window.js';
import { addSeconds, boundaryAfter, floorTo, secondsBetween, type Instant } from './instant.js';
import type { ServiceLimits } from './service-limits.js';

/** A window, and the export that is taken for it. */
export interface NextExport {
  readonly window: ExportWindow;
  /** Where the export begins, if before the window. */
  readonly exportFrom?: Instant;
}

/** What {@link nextExport} plans by. */
export interface NextExportPlan {
  /** Exclusive end of the window before: committed, or on its way. */
  readonly after: Instant;
  /** No export begins before it: of a full export's rows nothing tells when they were inserted. */
  readonly floor: Instant;
  readonly now: Instant;
  /** From one export to the next, in seconds; windows end on its multiples where the limits allow. */
  readonly stepSeconds: number;
  readonly limits: ServiceLimits;
}

/**
 * The export that follows; it may still lie ahead. A backlog is one window as wide as allowed, and an
 * export of a window that is too short for the service begins before it.
 */
export function nextExport(plan: NextExportPlan): NextExport {
  const { after, floor, limits } = plan;
  assert(floor <= after, `windows begin at ${floor} or later, as ${after} does`);
  const to = endOf(plan);
  const window = { from: after, to };
  const missingSeconds = limits.minWindowSeconds - secondsBetween(after, to);
  if (missingSeconds <= 0) return { window };
  const exportFrom = addSeconds(after, -missingSeconds);
  assert(exportFrom >= floor, `an export begins at ${floor} or later, as ${exportFrom} does`);
  return { window, exportFrom };
}

function endOf({ after, floor, now, stepSeconds, limits }: NextExportPlan): Instant {
  const { minWindowSeconds, maxWindowSeconds } = limits;
  assert(
    stepSeconds >= 1 && stepSeconds <= maxWindowSeconds,
    `a step of ${stepSeconds} s is within 1–${maxWindowSeconds} s`,
  );
  const next = floorTo(addSeconds(after, stepSeconds), stepSeconds);
  const backlogEnd = floorTo(now, stepSeconds);
  const wanted = backlogEnd > next ? backlogEnd : next;
  const widest = addSeconds(after, maxWindowSeconds);
  if (wanted > widest) {
    const aligned = floorTo(widest, stepSeconds);
    return secondsBetween(after, aligned) >= minWindowSeconds ? aligned : widest;
  }
  // As long after the full export as the shortest export takes.
  const earliest = addSeconds(floor, minWindowSeconds);
  if (wanted >= earliest) return wanted;
  const aligned = boundaryAfter(addSeconds(earliest, -1), stepSeconds);
  return aligned <= widest ? aligned : earliest;
}
