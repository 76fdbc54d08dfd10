/** Owns watching a sync while `up` runs: each commit is told once, in its order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { instantOfMillis, type Instant } from '../../core/instant.js';
import type { CommittedLoad } from '../../sync/table-sync-state.js';
import { SyncPhase } from '../../sync/table-sync-state.js';
import type { SeenSync } from '../../temporal/table-syncs.js';

/** Who hears what. */
export interface SyncWatcher {
  /** After each look. */
  onLook(sync: SeenSync): void;
  /** A commit of this run. */
  onCommit(load: CommittedLoad): void;
}

const LOOK_INTERVAL_MS = 500;

/** Which commits are new: those of this run that were not told yet. */
export class NewCommits {
  readonly #since: Instant;
  readonly #told = new Set<string>();

  /** Commits made before `sinceMs` belong to an earlier run. */
  constructor(sinceMs: number) {
    this.#since = instantOfMillis(sinceMs);
  }

  /** The new ones of `recentLoads` (newest first), oldest first. */
  take(recentLoads: readonly CommittedLoad[]): readonly CommittedLoad[] {
    const fresh = recentLoads.filter(
      (load) => load.committedAt >= this.#since && !this.#told.has(nameOf(load)),
    );
    for (const load of fresh) this.#told.add(nameOf(load));
    return fresh.reverse();
  }
}

/**
 * Looks at the sync until `signal` is aborted, or `windows` windows were committed. With `windows`
 * given, also until none is to be expected: answers why, as one sentence.
 */
export async function followSync(
  look: () => Promise<SeenSync>,
  options: {
    readonly sinceMs: number;
    readonly windows: number | undefined;
    readonly signal: AbortSignal;
    readonly watcher: SyncWatcher;
  },
): Promise<string | undefined> {
  const { windows = Infinity, signal, watcher } = options;
  const commits = new NewCommits(options.sinceMs);
  let landed = 0;
  while (!signal.aborted && landed < windows) {
    const sync = await look();
    for (const load of commits.take(sync.status?.recentLoads ?? [])) {
      if (landed >= windows) break;
      watcher.onCommit(load);
      if (load.kind === 'incremental') landed += 1;
    }
    watcher.onLook(sync);
    if (landed < windows) {
      const standstill = options.windows === undefined ? undefined : standstillOf(sync);
      if (standstill !== undefined) return standstill;
      await sleep(LOOK_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

const ENDED: ReadonlySet<SeenSync['execution']> = new Set([
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'TERMINATED',
  'TIMED_OUT',
]);

/** Why the sync commits nothing more until a person acts; undefined while it goes on. */
function standstillOf({ tableName, execution, status }: SeenSync): string | undefined {
  if (ENDED.has(execution)) {
    return `The sync of ${tableName} has ended (${execution.toLowerCase()}): no window will come.`;
  }
  const resume = `\`tidemark resume ${tableName}\` while \`tidemark up\` runs lets it go on.`;
  if (status?.parked !== undefined) {
    const { code, message } = status.parked;
    return `The sync of ${tableName} is parked (${code}: ${message}): ${resume}`;
  }
  if (status?.phase === SyncPhase.paused) {
    return `The sync of ${tableName} is paused: ${resume}`;
  }
  return undefined;
}

function nameOf(load: CommittedLoad): string {
  return `${load.kind} ${load.from ?? ''} ${load.to}`;
}
