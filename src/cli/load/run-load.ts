/** Owns the carrying out of a planned load: one export after the other, each committed before the next. */
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { instantOfMillis } from '../../core/instant.js';
import type { CommitOutcome, LakeTable } from '../../lake/lake.js';
import { loadExport, openExport } from '../../processing/load-export.js';
import { openFolder, SUMMARY } from './export-folder.js';
import type { LoadPlan, PlannedExport } from './plan-load.js';
import { inExport, type VerifiedClaim } from './read-claims.js';

/** An export that is in the lake now. */
export interface LoadedExport {
  readonly claim: PlannedExport['claim'];
  readonly outcome: CommitOutcome['outcome'];
  readonly rows: number;
  /** Of its data files, compressed; 0 when it was there already. */
  readonly sizeBytes: number;
  readonly tookMs: number;
}

/** How far the export in work is. */
export interface LoadProgress {
  readonly claim: VerifiedClaim;
  /** Records read; each is read once or twice. */
  readonly records: number;
  /** Of the data files, compressed; as often as `records`. */
  readonly bytesRead: number;
  readonly startedMs: number;
}

/** What {@link runLoad} needs besides the plan. */
export interface LoadRun {
  readonly table: LakeTable;
  readonly batchBytes: number;
  readonly batchConcurrency: number;
  readonly trustManifests: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: () => LoadProgress) => void;
}

/** Gives each export as it is in the lake. Ends early, and cleanly, once the signal is aborted. */
export async function* runLoad(
  { exports, keyAttributes, before }: LoadPlan,
  run: LoadRun,
): AsyncGenerator<LoadedExport, void, undefined> {
  const isStopped = (): boolean => run.signal.aborted;
  let epoch = before?.epoch ?? 0;
  for (const { action, claim } of exports) {
    if (isStopped()) return;
    if (action === 'already-committed') {
      yield { claim, outcome: action, rows: 0, sizeBytes: 0, tookMs: 0 };
      continue;
    }
    // A full export begins a new epoch, and the windows after it are of the same.
    if (claim.scope.kind === 'full') epoch += 1;
    try {
      yield await inExport(claim.folder, () => loadOne(claim, keyAttributes, epoch, run));
    } catch (error) {
      // Whatever else went wrong meanwhile, the next run meets it again.
      if (isStopped()) return;
      throw error;
    }
  }
}

async function loadOne(
  claim: VerifiedClaim,
  keyAttributes: readonly string[],
  epoch: number,
  { table, batchBytes, batchConcurrency, trustManifests, signal, onProgress }: LoadRun,
): Promise<LoadedExport> {
  const { scope, tableId, exportArn } = claim;
  const startedMs = Date.now();
  const sizes = new Map<string, number>();
  let [records, bytesRead] = [0, 0];
  onProgress(() => ({ claim, records, bytesRead, startedMs }));
  const store = openFolder(claim.folder, ({ key, pieceBytes, soFarBytes }) => {
    sizes.set(key, soFarBytes);
    bytesRead += pieceBytes;
  });
  const opened = await openExport(
    { store, manifestKey: SUMMARY, trustManifests },
    { scope, tableId, epoch, exportArn, keyAttributes, batchBytes },
  );
  checkUnchanged(claim, opened.load.manifestMd5);
  const { outcome, counts } = await loadExport(table, opened, {
    concurrency: batchConcurrency,
    signal,
    now: () => instantOfMillis(Date.now()),
    onRecords: (count) => {
      records += count;
    },
  });
  return {
    claim,
    outcome,
    rows: sum(Object.values(counts ?? {})),
    sizeBytes: sum([...sizes.values()]),
    tookMs: Date.now() - startedMs,
  };
}

function checkUnchanged({ place, manifestMd5 }: VerifiedClaim, md5Now: string): void {
  if (md5Now === manifestMd5) return;
  throw new TidemarkError(`The manifests in ${place} were changed since the load was planned.`, {
    code: ErrorCode.CorruptExport,
    subject: place,
    hint: 'Let whoever writes there end, and run the same again.',
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
