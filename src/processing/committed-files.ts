/** Owns gathering the committed files that a view is made of. */
import type { Instant } from '../core/instant.js';
import type { ObjectStore } from '../core/object-store.js';
import type { TableSchema } from '../lake/column-type.js';
import type { CommitRecord } from '../lake/commit-record.js';
import { parseSuccessKey, type TableLayout } from '../lake/layout.js';
import type { SchemaGroup } from '../lake/view-sql.js';
import type { CommittedLoad } from '../lake/windows-view-sql.js';
import { findAllChains, findChain, readCommit, type Chain, type Link } from './find-chain.js';
import { inParallel } from './in-parallel.js';
import type { PartCache } from './part-cache.js';

/** A local file and what its rows mean. */
export interface CommittedFile {
  readonly path: string;
  /** Rows of a later load win over those of an earlier one. */
  readonly loadOrder: number;
  /** Undefined for a full load. */
  readonly windowFrom: Instant | undefined;
  readonly windowTo: Instant;
}

/** The files of some commits, local, and grouped by schema with the newest first. */
export interface CommittedFiles {
  readonly groups: readonly SchemaGroup[];
  readonly files: readonly CommittedFile[];
  readonly hasRest: boolean;
}

const PARALLEL_READS = 16;

/** Keys of the `_SUCCESS` objects that make the current state, in order; none for no table. */
export async function currentCommits(
  store: ObjectStore,
  layout: TableLayout,
): Promise<readonly string[]> {
  const chain = await findChain(store, layout);
  return (chain?.links ?? []).map((link) => link.key);
}

/** The commits that made the state as of `at`: its base and the windows that end by then; undefined before a base. */
export async function chainAsOf(
  store: ObjectStore,
  layout: TableLayout,
  at: Instant,
): Promise<Chain | undefined> {
  const isPast = ({ key }: Link): boolean => {
    const scope = parseSuccessKey(layout, key);
    return scope !== undefined && (scope.kind === 'full' ? scope.exportTime : scope.to) <= at;
  };
  const chains = await findAllChains(store, layout);
  const chain = chains.findLast(({ baseExportTime }) => baseExportTime <= at);
  return chain && { ...chain, links: chain.links.filter(isPast) };
}

/**
 * Keys of the `_SUCCESS` objects that make the history, in order of time: each base with the windows
 * that followed it. A window that others took the place of is not among them, or its time would
 * count twice.
 */
export async function allCommits(
  store: ObjectStore,
  layout: TableLayout,
): Promise<readonly string[]> {
  const chains = await findAllChains(store, layout);
  return chains.flatMap(({ links }) => links.map((link) => link.key));
}

/** The loads behind {@link allCommits}. */
export async function directoryLoads(
  store: ObjectStore,
  layout: TableLayout,
): Promise<readonly CommittedLoad[]> {
  const keys = await allCommits(store, layout);
  return inParallel(keys, PARALLEL_READS, (key) => readCommit(store, key));
}

/** Brings the files of the commits under `keys` here. */
export async function gatherFiles(
  store: ObjectStore,
  cache: PartCache,
  keys: readonly string[],
): Promise<CommittedFiles> {
  const records = await inParallel(keys, PARALLEL_READS, async (key) => ({
    directory: key.slice(0, key.lastIndexOf('/') + 1),
    record: await readCommit(store, key),
  }));
  const remote = records.flatMap(({ directory, record }, loadOrder) =>
    record.parts.map((part) => ({
      key: directory + part.file,
      sizeBytes: part.sizeBytes,
      record,
      loadOrder,
    })),
  );
  const paths = await cache.fetchAll(remote);
  const groups = new Map<string, { schema: TableSchema; paths: string[] }>();
  const newestFirst = remote
    .map((part, index) => ({ record: part.record, path: paths[index] ?? '' }))
    .sort((a, b) => (a.record.watermark < b.record.watermark ? 1 : -1));
  for (const { record, path } of newestFirst) {
    const id = JSON.stringify(record.schema);
    const group = groups.get(id) ?? { schema: record.schema, paths: [] };
    groups.set(id, group);
    group.paths.push(path);
  }
  return {
    groups: [...groups.values()],
    files: remote.map(({ record, loadOrder }, index) => ({
      path: paths[index] ?? '',
      loadOrder,
      ...windowOf(record),
    })),
    hasRest: records.some(({ record }) => record.restRows > 0),
  };
}

function windowOf({ scope }: CommitRecord): Pick<CommittedFile, 'windowFrom' | 'windowTo'> {
  return scope.kind === 'full'
    ? { windowFrom: undefined, windowTo: scope.exportTime }
    : { windowFrom: scope.window.from, windowTo: scope.window.to };
}
