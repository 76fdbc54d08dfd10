/** Owns the check that a table of a thousand windows is planned by as little as one of a hundred. */
import { expect, test } from '@jest/globals';
import { planScan, type ScanPlan } from '../../../src/iceberg/plan-scan.js';
import { currentSnapshot } from '../../../src/iceberg/table-state.js';
import { CARE_DEFAULTS } from '../../../src/processing/iceberg/care/care-options.js';
import { planCompaction } from '../../../src/processing/iceberg/care/plan-compaction.js';
import { dataFile, deleteFile, MemoryTable } from '../iceberg/sample-files.js';

const MIB = 1024 * 1024;
const base = dataFile('base', { record_count: 10_000_000, file_size_in_bytes: 250 * MIB });

async function planOf(table: MemoryTable): Promise<ScanPlan> {
  const { 'snapshot-id': id } = currentSnapshot(table.metadata)!;
  return planScan(table.metadata, id, table.read);
}

/** As compaction does it, without rows: every delete takes out a row of the base. */
async function compact(table: MemoryTable, window: number): Promise<void> {
  const { dataFiles, deleteFiles } = await planOf(table);
  const { rewrite, mergeDeletes } = planCompaction(
    {
      dataFiles: dataFiles.map(({ file }) => ({
        location: file.file_path,
        partition: '',
        sizeBytes: file.file_size_in_bytes,
        rows: file.record_count,
        deletedRows: 0,
        canRewrite: true,
      })),
      deleteFiles: deleteFiles.map(({ file }) => ({
        location: file.file_path,
        partition: '',
        sizeBytes: file.file_size_in_bytes,
        rows: file.record_count,
        appliedRows: new Map([[base.file_path, file.record_count]]),
      })),
    },
    CARE_DEFAULTS,
  );
  const removed = new Set([...rewrite, ...mergeDeletes]);
  if (removed.size === 0) return;
  const joined = (locations: readonly string[]) => {
    const files = [...dataFiles, ...deleteFiles].filter((live) =>
      locations.includes(live.file.file_path),
    );
    const sum = (of: 'record_count' | 'file_size_in_bytes'): number =>
      files.reduce((total, { file }) => total + file[of], 0);
    return {
      record_count: sum('record_count'),
      file_size_in_bytes: sum('file_size_in_bytes'),
    };
  };
  const added = [
    ...(rewrite.length > 0 ? [dataFile(`rows-${window}`, joined(rewrite))] : []),
    ...(mergeDeletes.length > 0 ? [deleteFile(`deletes-${window}`, joined(mergeDeletes))] : []),
  ];
  await table.commit({ operation: 'replace', added, removed });
}

/** The most that one plan came to in the last hundred of so many windows. */
async function mostAfter(windows: number): Promise<Readonly<Record<string, number>>> {
  const table = new MemoryTable();
  await table.commit({ operation: 'append', added: [base] });
  const most = { manifests: 0, dataFiles: 0, deleteFiles: 0 };
  for (let window = 1; window <= windows; window++) {
    // Every fourth window is empty, as of a table at rest.
    const added =
      window % 4 === 0
        ? []
        : [
            dataFile(`w${window}`, { record_count: 1000, file_size_in_bytes: 200_000 }),
            deleteFile(`d${window}`, { record_count: 1000, file_size_in_bytes: 5000 }),
          ];
    await table.commit({ operation: added.length > 0 ? 'overwrite' : 'append', added });
    if (window % CARE_DEFAULTS.everyLoads === 0) await compact(table, window);
    if (window <= windows - 100) continue;
    const { dataFiles, deleteFiles } = await planOf(table);
    most.manifests = Math.max(most.manifests, table.manifests().length);
    most.dataFiles = Math.max(most.dataFiles, dataFiles.length);
    most.deleteFiles = Math.max(most.deleteFiles, deleteFiles.length);
  }
  return most;
}

test('a plan stays small, however many windows there were', async () => {
  const early = await mostAfter(100);
  const late = await mostAfter(1000);
  process.stdout.write(
    `the most a plan reads: after 100 windows ${JSON.stringify(early)}, after 1,000 ${JSON.stringify(late)}\n`,
  );
  for (const [what, count] of Object.entries(late)) {
    expect(count).toBeLessThanOrEqual((early[what] ?? 0) + 10);
    expect(count).toBeLessThan(64);
  }
});
