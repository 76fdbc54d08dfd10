/** Owns the numbers of a snapshot's summary, by the names that Iceberg's engines know. */
import { FileContent, isDeletionVector, type DataFile } from './manifest.js';
import { partitionKey } from './partition-key.js';
import type { Snapshot } from './table-metadata.js';

/** What a commit added, or removed. */
interface Tally {
  dataFiles: number;
  records: number;
  sizeBytes: number;
  deleteFiles: number;
  vectors: number;
  positionDeletes: number;
  equalityDeleteFiles: number;
  equalityDeletes: number;
}

/** A number's name where files are added, where they are removed, and for the table's total. */
const NAMES: readonly (readonly [keyof Tally, string, string, string?])[] = [
  ['dataFiles', 'added-data-files', 'deleted-data-files', 'total-data-files'],
  ['records', 'added-records', 'deleted-records', 'total-records'],
  ['sizeBytes', 'added-files-size', 'removed-files-size', 'total-files-size'],
  ['deleteFiles', 'added-delete-files', 'removed-delete-files', 'total-delete-files'],
  ['vectors', 'added-dvs', 'removed-dvs'],
  [
    'positionDeletes',
    'added-position-deletes',
    'removed-position-deletes',
    'total-position-deletes',
  ],
  ['equalityDeleteFiles', 'added-equality-delete-files', 'removed-equality-delete-files'],
  [
    'equalityDeletes',
    'added-equality-deletes',
    'removed-equality-deletes',
    'total-equality-deletes',
  ],
];

/**
 * The summary of a snapshot after `parent`, without its operation: numbers that are not zero, and
 * totals; no number that the others tell, since every metadata file repeats every summary. A total that
 * the parent's writer left out stays left out, as nobody knows it.
 */
export function summaryOf(
  parent: Snapshot | undefined,
  added: readonly DataFile[],
  removed: readonly DataFile[],
): Readonly<Record<string, string>> {
  const more = tally(added);
  const less = tally(removed);
  const summary = changedPartitions([...added, ...removed]);
  for (const [key, addedName, removedName, totalName] of NAMES) {
    if (more[key] > 0) summary[addedName] = String(more[key]);
    if (less[key] > 0) summary[removedName] = String(less[key]);
    if (totalName === undefined) continue;
    const before = parent === undefined ? '0' : (parent.summary[totalName] ?? '');
    const total = Number(before) + more[key] - less[key];
    if (/^\d+$/.test(before) && total >= 0) summary[totalName] = String(total);
  }
  return summary;
}

/** None of a table without partitions, which has only one. */
function changedPartitions(files: readonly DataFile[]): Record<string, string> {
  const parted = files.filter(({ partition }) => Object.keys(partition).length > 0);
  if (parted.length === 0) return {};
  return { 'changed-partition-count': String(new Set(files.map(partitionKey)).size) };
}

function tally(files: readonly DataFile[]): Tally {
  const sum: Tally = {
    dataFiles: 0,
    records: 0,
    sizeBytes: 0,
    deleteFiles: 0,
    vectors: 0,
    positionDeletes: 0,
    equalityDeleteFiles: 0,
    equalityDeletes: 0,
  };
  for (const file of files) {
    sum.sizeBytes += file.content_size_in_bytes ?? file.file_size_in_bytes;
    switch (file.content) {
      case FileContent.Data:
        sum.dataFiles += 1;
        sum.records += file.record_count;
        break;
      case FileContent.PositionDeletes:
        sum.deleteFiles += 1;
        if (isDeletionVector(file)) sum.vectors += 1;
        sum.positionDeletes += file.record_count;
        break;
      case FileContent.EqualityDeletes:
        sum.deleteFiles += 1;
        sum.equalityDeleteFiles += 1;
        sum.equalityDeletes += file.record_count;
        break;
    }
  }
  return sum;
}
