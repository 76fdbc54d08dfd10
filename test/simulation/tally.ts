/** Owns the count of what happened in simulations, and how the summary shows it. */

/** What a summary is not complete without: each must have happened in a run of 200 seeds. */
export const EXPECTED = [
  'signal pause',
  'signal resume',
  'signal resync',
  'stop and start',
  'storm of signals',
  'worker killed',
  'worker returned',
  'worker away for hours',
  'activity duplicated',
  'late completion',
  'call throttled',
  'limit exceeded',
  'answer lost',
  'S3 fault',
  'damaged manifest',
  'damaged manifest-files',
  'damaged missing-manifest-files',
  'damaged data-file',
  'damaged missing-data-file',
  'damaged counts',
  'foreign files',
  'foreign export',
  'recovery off and on',
  'recovery off',
  'table deleted',
  'table re-created',
  'bucket missing',
  'bucket denied',
  'clock a minute off',
  'FAILED S3NoSuchBucket',
  'FAILED S3AccessDenied',
  'FAILED KmsNotFoundException',
  'FAILED KmsDisabledException',
  'FAILED InternalServerError',
  'FAILED S3InternalError',
  'recovery out of reach',
  'write at a boundary',
  'window committed',
  'full load committed',
  'parked',
] as const;
/** One of {@link EXPECTED}, or another thing worth a line. */
export type Happening = (typeof EXPECTED)[number];

/** Counts by name. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(happening: Happening, times = 1): void {
    this.#counts.set(happening, (this.#counts.get(happening) ?? 0) + times);
  }

  /** Adds all that `other` counted. */
  take(other: Tally): void {
    for (const [happening, times] of other.#counts) this.add(happening as Happening, times);
  }

  of(happening: Happening): number {
    return this.#counts.get(happening) ?? 0;
  }

  /** What never happened of what is expected. */
  missing(): readonly Happening[] {
    return EXPECTED.filter((happening) => this.of(happening) === 0);
  }

  /** A line each, in the order of {@link EXPECTED}. */
  lines(): readonly string[] {
    const width = Math.max(...EXPECTED.map(({ length }) => length));
    return EXPECTED.map(
      (happening) => `${happening.padEnd(width)}  ${String(this.of(happening)).padStart(6)}`,
    );
  }
}
