/** Owns watching a sync while `up` runs: each commit is told once, in its order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { instantOfMillis, type Instant } from '../../core/instant.js';
import type { CommittedLoad } from '../../sync/table-sync-state.js';
import type { TemporalAccess } from '../../temporal/connect.js';
import { seeTableSync, type SeenSync } from '../../temporal/table-syncs.js';

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

/** Looks at the sync until `signal` is aborted, or `windows` windows were committed. */
export async function followSync(
  temporal: TemporalAccess,
  table: { readonly region: string; readonly tableName: string },
  options: {
    readonly sinceMs: number;
    readonly windows: number | undefined;
    readonly signal: AbortSignal;
    readonly watcher: SyncWatcher;
  },
): Promise<void> {
  const { windows = Infinity, signal, watcher } = options;
  const commits = new NewCommits(options.sinceMs);
  let landed = 0;
  while (!signal.aborted && landed < windows) {
    const sync = await seeTableSync(temporal, table.region, table.tableName);
    for (const load of commits.take(sync.status?.recentLoads ?? [])) {
      if (landed >= windows) break;
      watcher.onCommit(load);
      if (load.kind === 'incremental') landed += 1;
    }
    watcher.onLook(sync);
    if (landed < windows) {
      await sleep(LOOK_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

function nameOf(load: CommittedLoad): string {
  return `${load.kind} ${load.from ?? ''} ${load.to}`;
}
