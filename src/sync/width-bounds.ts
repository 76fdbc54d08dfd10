/** Owns between which widths the windows of a table lie, by what was asked of it. */
import type { WidthBounds } from '../cost/window-steps.js';
import { exportPlanOf, exportSecondsOf } from './export-plan.js';
import { adapts, type WidthSettings } from './window-width.js';

/**
 * Both the same where windows do not adapt. A freshness bounds the widest, and where it asks for less
 * than the configured width it is the only one.
 */
export function widthBounds(
  settings: WidthSettings,
  measuredExportSeconds: readonly number[] = [],
): WidthBounds {
  const { windowSeconds, freshnessSeconds, limits } = settings;
  const exportSeconds = exportSecondsOf(measuredExportSeconds, limits);
  const step =
    freshnessSeconds === undefined
      ? undefined
      : exportPlanOf({ freshnessSeconds, exportSeconds, limits }).stepSeconds;
  if (!adapts(settings)) {
    const only = step ?? windowSeconds;
    return { narrowestSeconds: only, widestSeconds: only };
  }
  const widestSeconds = step ?? limits.maxWindowSeconds;
  return { narrowestSeconds: Math.min(windowSeconds, widestSeconds), widestSeconds };
}
