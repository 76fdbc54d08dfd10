/** Owns the widths that windows may have between the narrowest and the widest. */

/** Both in seconds. */
export interface WidthBounds {
  /** The width that is configured; every other is a multiple of it, so that ends stay aligned. */
  readonly narrowestSeconds: number;
  readonly widestSeconds: number;
}

/**
 * Widths in growing order: one, two, three, four, six, eight, twelve … times the narrowest, and the
 * most that fits the widest; never none.
 */
export function windowSteps({ narrowestSeconds, widestSeconds }: WidthBounds): readonly number[] {
  const most = Math.max(1, Math.floor(widestSeconds / narrowestSeconds));
  const factors: number[] = [];
  for (let power = 1; power < most; power *= 2) {
    factors.push(power);
    if (power > 1 && power * 1.5 < most) factors.push(power * 1.5);
  }
  return [...factors, most].map((factor) => factor * narrowestSeconds);
}

/** The widest of `steps` that is no wider than `seconds`; the narrowest when none is. */
export function stepWithin(steps: readonly number[], seconds: number): number {
  return steps.findLast((step) => step <= seconds) ?? steps[0] ?? seconds;
}
