/** Owns finding the chain of commits: the newest base and the windows that follow it. */
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { compactInstant, parseInstant, type Instant } from '../core/instant.js';
import type { ObjectStore } from '../core/object-store.js';
import { parseCommitRecord, type CommitRecord } from '../lake/commit-record.js';
import { SUCCESS, parseSuccessKey, type TableLayout } from '../lake/layout.js';
import { getText, putText } from './text-objects.js';

/** One commit of a chain. */
export interface Link {
  /** Of its `_SUCCESS`. */
  readonly key: string;
  /** Where its window begins; a base's export time. */
  readonly from: Instant;
}

/** The commits that make up a table's current state, or the last of them. */
export interface Chain {
  readonly baseExportTime: Instant;
  /** In order; at least one. */
  readonly links: readonly Link[];
}

/** A point on the chain from which to look on; only ever a help. */
interface Hint {
  readonly baseExportTime: Instant;
  readonly from: Instant;
}

/**
 * How many links the hint stays behind the chain's end. A worker that hung between reading the
 * watermark and writing its `_SUCCESS` can still add a window there, and all must see it alike.
 */
const HINT_TRAIL = 96;

/** The whole chain; undefined when no base is committed. */
export async function findChain(
  store: ObjectStore,
  layout: TableLayout,
): Promise<Chain | undefined> {
  const base = await newestBase(store, layout, undefined);
  return base && chainOf(layout, base, await followWindows(store, layout, base));
}

/**
 * The chain of every base in order of time, each as far as windows that begin before the next base
 * go; the last is the one {@link findChain} finds.
 */
export async function findAllChains(
  store: ObjectStore,
  layout: TableLayout,
): Promise<readonly Chain[]> {
  const bases: Instant[] = [];
  for await (const { key } of store.list(layout.fullDirectory)) {
    const scope = parseSuccessKey(layout, key);
    if (scope?.kind === 'full') bases.push(scope.exportTime);
  }
  const [oldest] = bases;
  if (oldest === undefined) return [];
  const windows = await windowsFrom(store, layout, oldest);
  return bases.map((base, index) => {
    const nextBase = bases[index + 1];
    const own = windows.filter(
      ({ from }) => from >= base && (nextBase === undefined || from < nextBase),
    );
    return chainOf(layout, base, furthestPath(own, base));
  });
}

/**
 * The chain's last links, found from the hint where there is a good one, so that years of windows
 * are not listed each time. A hint that leads nowhere is ignored.
 */
export async function findChainEnd(
  store: ObjectStore,
  layout: TableLayout,
): Promise<Chain | undefined> {
  const hint = await readHint(store, layout);
  const base =
    (hint && (await newestBase(store, layout, hint.baseExportTime))) ??
    (await newestBase(store, layout, undefined));
  if (base === undefined) return undefined;
  if (hint?.baseExportTime === base && hint.from > base) {
    const links = await followWindows(store, layout, hint.from);
    if (links.length > 0) return { baseExportTime: base, links };
  }
  return chainOf(layout, base, await followWindows(store, layout, base));
}

/** Leaves word of a late link of the chain. */
export async function writeHint(
  store: ObjectStore,
  layout: TableLayout,
  { baseExportTime, links }: Chain,
): Promise<void> {
  const from = (links.at(-HINT_TRAIL) ?? links[0])?.from ?? baseExportTime;
  const hint: Hint = { baseExportTime, from };
  await putText(store, layout.hint, JSON.stringify(hint));
}

/** The record under the `_SUCCESS` key. */
export async function readCommit(store: ObjectStore, key: string): Promise<CommitRecord> {
  const text = await getText(store, key);
  if (text !== undefined) return parseCommitRecord(text, key);
  throw new TidemarkError(`Lake object ${store.url}/${key} is gone.`, {
    code: ErrorCode.CorruptLake,
    subject: key,
    hint: 'Restore the object, or let a resync write a new base.',
  });
}

function baseKey(layout: TableLayout, exportTime: Instant): string {
  return `${layout.directoryOf({ kind: 'full', exportTime })}${SUCCESS}`;
}

function chainOf(layout: TableLayout, base: Instant, windows: readonly Link[]): Chain {
  const first: Link = { key: baseKey(layout, base), from: base };
  return { baseExportTime: base, links: [first, ...windows] };
}

async function readHint(store: ObjectStore, layout: TableLayout): Promise<Hint | undefined> {
  const text = await getText(store, layout.hint);
  try {
    const { baseExportTime, from } = JSON.parse(text ?? '') as Record<string, unknown>;
    const base = parseInstant(String(baseExportTime));
    const start = parseInstant(String(from));
    return base && start && { baseExportTime: base, from: start };
  } catch {
    return undefined;
  }
}

/** The newest base, at `known` or later if given, whose own many files are then not listed. */
async function newestBase(
  store: ObjectStore,
  layout: TableLayout,
  known: Instant | undefined,
): Promise<Instant | undefined> {
  let newest: Instant | undefined;
  if (known !== undefined) {
    const key = baseKey(layout, known);
    for await (const object of store.list(key)) if (object.key === key) newest = known;
    if (newest === undefined) return undefined;
  }
  // `0` is the letter after `/`: past everything in the directory of the known base.
  const startAfter = `${layout.fullDirectory}${known === undefined ? '' : `${compactInstant(known)}0`}`;
  for await (const { key } of store.list(layout.fullDirectory, { startAfter })) {
    const scope = parseSuccessKey(layout, key);
    if (scope?.kind === 'full') newest = scope.exportTime;
  }
  return newest;
}

/** A committed window. */
interface CommittedWindow {
  readonly key: string;
  readonly from: Instant;
  readonly to: Instant;
}

async function followWindows(
  store: ObjectStore,
  layout: TableLayout,
  start: Instant,
): Promise<readonly Link[]> {
  return furthestPath(await windowsFrom(store, layout, start), start);
}

/** The windows that begin at `start` or later: in order of their beginning, then of their end. */
async function windowsFrom(
  store: ObjectStore,
  layout: TableLayout,
  start: Instant,
): Promise<readonly CommittedWindow[]> {
  const windows: CommittedWindow[] = [];
  const startAfter = layout.windowDirectory + compactInstant(start);
  for await (const { key } of store.list(layout.windowDirectory, { startAfter })) {
    const scope = parseSuccessKey(layout, key);
    if (scope?.kind !== 'incremental' || scope.to <= scope.from) continue;
    windows.push({ key, from: scope.from, to: scope.to });
  }
  return windows;
}

/**
 * The windows from `start`, each beginning where the one before ends, that reach furthest; of those
 * that reach equally far, the longer at each step. All windows are true, so a late one may take the
 * place of others, but it can never move the end back.
 */
function furthestPath(windows: readonly CommittedWindow[], start: Instant): readonly Link[] {
  const best = new Map<Instant, { readonly window: CommittedWindow; readonly reach: Instant }>();
  // From the last to the first: what goes on from a window's end is settled before the window is.
  for (const window of windows.toReversed()) {
    const reach = best.get(window.to)?.reach ?? window.to;
    const known = best.get(window.from);
    // Of windows that begin alike the longer comes first here, and so wins a tie.
    if (known === undefined || reach > known.reach) best.set(window.from, { window, reach });
  }
  const links: Link[] = [];
  let next = best.get(start)?.window;
  while (next !== undefined) {
    links.push({ key: next.key, from: next.from });
    next = best.get(next.to)?.window;
  }
  return links;
}
