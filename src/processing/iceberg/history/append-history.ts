/** Owns the commit of a load to its table's history: one append, where the table will have it. */
import { ErrorCode, TidemarkError } from '../../../core/errors.js';
import type { Instant } from '../../../core/instant.js';
import { buildSnapshot } from '../../../iceberg/build-snapshot.js';
import type { Catalog } from '../../../iceberg/catalog.js';
import type { FileIo } from '../../../iceberg/file-io.js';
import type { DataFile } from '../../../iceberg/manifest.js';
import type { TableMetadata } from '../../../iceberg/table-metadata.js';
import { currentSnapshot, MAIN } from '../../../iceberg/table-state.js';
import { historyName } from '../../../lake/history-name.js';
import { historyStep, type HistoryState } from '../../../lake/history-rules.js';
import type { Load } from '../../../lake/load.js';
import {
  lakeStateOf,
  loadFacts,
  positionAt,
  summaryFacts,
  type LoadTotals,
} from '../load-facts.js';
import { untilCommitted } from '../schema-commits.js';
import { requireHistoryOf } from './history-table.js';

export interface AppendPorts {
  readonly catalog: Catalog;
  readonly io: FileIo;
  readonly tableName: string;
  readonly nowMs: () => number;
  /** 63 bits, not used before. */
  readonly newSnapshotId: () => bigint;
  readonly newUuid: () => string;
}

/** What a load wrote for the history. */
export interface WrittenHistory {
  readonly totals: LoadTotals;
  readonly dataFiles: readonly DataFile[];
}

/**
 * Sees to it that the history has the load, once, as its last one; `base` is the table's with it.
 * False when the table is no longer `asSeen`, so that all is to be decided anew: nobody who comes late
 * may put the history back. CorruptLake when the history is not where the table is.
 */
export async function appendHistory(
  ports: AppendPorts,
  load: Load,
  base: Instant,
  written: WrittenHistory,
  committedAt: Instant,
  asSeen: () => Promise<boolean>,
): Promise<boolean> {
  const { catalog, tableName } = ports;
  const name = historyName(tableName);
  return await untilCommitted(name, async (): Promise<boolean | undefined> => {
    const found = await catalog.loadTable(name);
    if (found === undefined) throw lost(name, tableName);
    const { metadata } = found;
    requireHistoryOf(tableName, metadata);
    const step = historyStep(load, base, currentState(metadata), () => pastStates(metadata));
    switch (step.kind) {
      case 'there':
        return true;
      case 'lost':
        throw lost(name, tableName);
      case 'go-back':
        if (!(await asSeen())) return false;
        await goBack(catalog, name, metadata, step.snapshotId);
        return undefined;
      case 'append':
        return await append(
          ports,
          name,
          metadata,
          loadFacts(load, base, written.totals, committedAt),
          written,
        );
    }
  });
}

function currentState(metadata: TableMetadata): HistoryState | undefined {
  const snapshot = currentSnapshot(metadata);
  const position = lakeStateOf(metadata);
  return snapshot && position && { snapshotId: snapshot['snapshot-id'], position };
}

function pastStates(metadata: TableMetadata): readonly HistoryState[] {
  return metadata.snapshots
    .toSorted((a, b) => b['sequence-number'] - a['sequence-number'])
    .flatMap(({ 'snapshot-id': snapshotId }) => {
      const position = positionAt(metadata, snapshotId);
      return position === undefined ? [] : [{ snapshotId, position }];
    });
}

/** Somebody who came first is met with at the next look. */
async function goBack(
  catalog: Catalog,
  name: string,
  metadata: TableMetadata,
  snapshotId: bigint,
): Promise<void> {
  const ref = metadata.refs[MAIN];
  await catalog.commit(name, {
    requirements: [
      { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
      { type: 'assert-ref-snapshot-id', ref: MAIN, 'snapshot-id': ref?.['snapshot-id'] ?? null },
    ],
    updates: [
      {
        action: 'set-snapshot-ref',
        'ref-name': MAIN,
        ...ref,
        type: 'branch',
        'snapshot-id': snapshotId,
      },
    ],
  });
}

/** Undefined when another commit came first. */
async function append(
  { catalog, io, nowMs, newSnapshotId, newUuid }: AppendPorts,
  name: string,
  metadata: TableMetadata,
  facts: Readonly<Record<string, string>>,
  { dataFiles }: WrittenHistory,
): Promise<true | undefined> {
  const built = await buildSnapshot({
    metadata,
    snapshotId: newSnapshotId(),
    commitUuid: newUuid(),
    operation: 'append',
    added: dataFiles,
    summary: summaryFacts(facts),
    nowMs: nowMs(),
    read: (location) => io.read(location),
  });
  await Promise.all(built.files.map(({ location, bytes }) => io.write(location, bytes)));
  const { outcome } = await catalog.commit(name, {
    requirements: built.requirements,
    updates: [...built.updates, { action: 'set-properties', updates: facts }],
  });
  return outcome === 'committed' ? true : undefined;
}

function lost(name: string, tableName: string): TidemarkError {
  return new TidemarkError(`The history ${name} does not go as far as ${tableName} does.`, {
    code: ErrorCode.CorruptLake,
    subject: name,
    hint: `Roll ${name} back to the snapshot that has the table's watermark, or resync: the full load goes on with the history.`,
  });
}
