/** Owns what a sync may be parked for: a trouble that is there, or was until the last resume. */
import type { TableSyncStatus } from '../../src/sync/table-sync-status.js';
import type { AwsTroubles } from './aws-troubles.js';
import { LawBroken } from './simulated-workers.js';
import type { ScriptDeed } from './simulation-script.js';
import type { Tally } from './tally.js';

/** The codes by which each trouble may park a sync; others never do. */
const PARKS: Readonly<Record<string, readonly string[]>> = {
  'export-fails': ['ExportFailed'],
  'bucket-missing': ['ExportFailed', 'BucketNotFound'],
  'bucket-denied': ['ExportFailed', 'AccessDenied'],
  'table-deleted': ['TableNotFound', 'NotFound'],
  'pitr-off': ['PitrUnavailable'],
};

/** Follows the script, and judges what status says. */
export class Expectations {
  readonly #troubles: AwsTroubles;
  readonly #tally: Tally;
  /** What is the matter; `mended` where nobody has said so to the sync yet. */
  readonly #matters = new Map<string, 'there' | 'mended' | 'told'>();
  #parkedSince: string | undefined;

  constructor(troubles: AwsTroubles, tally: Tally) {
    this.#troubles = troubles;
    this.#tally = tally;
  }

  begins(deed: ScriptDeed): void {
    if (deed.kind in PARKS) this.#matters.set(deed.kind, 'there');
    if (deed.kind === 'mended') this.#mended(deed.trouble);
    if (deed.kind === 'signal' && deed.signal === 'resume') this.#resumed();
    if (deed.kind === 'storm' && deed.signals.includes('resume')) this.#resumed();
  }

  /** All of it. */
  mended(): void {
    for (const trouble of this.#matters.keys()) this.#mended(trouble);
  }

  /** Called with each event of the script, before it happens. */
  observe({ parked }: TableSyncStatus): void {
    if (parked === undefined) {
      for (const [trouble, now] of this.#matters) {
        if (now === 'told') this.#matters.delete(trouble);
      }
      return;
    }
    if (parked.since !== this.#parkedSince) this.#tally.add('parked');
    this.#parkedSince = parked.since;
    if (this.#isExplained(parked.code)) return;
    throw new LawBroken(
      `parked for nothing that is the matter now: ${JSON.stringify(parked)}; ` +
        `known: ${JSON.stringify([...this.#matters])}`,
    );
  }

  #isExplained(code: string): boolean {
    // An export that is dead or damaged stays so.
    if (code === 'CorruptExport') {
      return [...this.#troubles.dead.values()].some((fate) => /^[a-z]/.test(fate));
    }
    if (code === 'ExportFailed' && this.#troubles.dead.size > 0) return true;
    return [...this.#matters.keys()].some((trouble) => PARKS[trouble]?.includes(code));
  }

  #mended(trouble: string): void {
    if (this.#matters.has(trouble)) this.#matters.set(trouble, 'mended');
  }

  #resumed(): void {
    for (const [trouble, now] of this.#matters) {
      if (now === 'mended') this.#matters.set(trouble, 'told');
    }
  }
}
