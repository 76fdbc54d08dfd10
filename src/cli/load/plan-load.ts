/** Owns the plan of a load: every export found, verified, put in order, before anything is written. */
import type { TableIdentity } from '../../export/table-exports.js';
import { planChain } from '../../export/export-chain.js';
import type { LakeState, LakeTable } from '../../lake/lake.js';
import { inParallel } from '../../processing/in-parallel.js';
import type { ExportFolder } from './export-folder.js';
import { findKeys } from './find-keys.js';
import { readClaim, verifyClaim, type ExportClaim, type VerifiedClaim } from './read-claims.js';

/** One export and what becomes of it. */
export type PlannedExport =
  | { readonly action: 'commit'; readonly claim: VerifiedClaim }
  | { readonly action: 'already-committed'; readonly claim: ExportClaim };

/** What a load will do, in order. */
export interface LoadPlan {
  readonly exports: readonly PlannedExport[];
  /** Empty when nothing is to be done. */
  readonly keyAttributes: readonly string[];
  readonly before: LakeState | undefined;
}

/** What {@link planLoad} goes by. */
export interface LoadQuestion {
  readonly folders: readonly ExportFolder[];
  readonly tableName: string;
  readonly table: LakeTable;
  readonly keyAttributes: readonly string[] | undefined;
  readonly trustManifests: boolean;
  /** Undefined when DynamoDB has no such table, or cannot be asked. */
  readonly describe: (tableArn: string) => Promise<TableIdentity | undefined>;
}

const PARALLEL_READS = 16;

/** Fails as `planChain` and `findKeys`, and with CorruptExport for manifests that do not verify. */
export async function planLoad(question: LoadQuestion): Promise<LoadPlan> {
  const { folders, tableName, table, trustManifests } = question;
  const claims = await inParallel(folders, PARALLEL_READS, (folder) =>
    readClaim(folder, trustManifests),
  );
  const before = await table.readState();
  const steps = planChain(claims, tableName, before);
  const open = steps.filter(({ action }) => action === 'commit').map(({ source }) => source);
  const exports = await inParallel(steps, PARALLEL_READS, async ({ source, action }) =>
    action === 'commit'
      ? { action, claim: await verifyClaim(source, trustManifests) }
      : { action, claim: source },
  );
  const [first] = open;
  if (first === undefined) return { exports, keyAttributes: [], before };
  const keyAttributes = await findKeys({
    given: question.keyAttributes,
    committed: before?.schema.keyAttributes,
    windows: open.filter(({ scope }) => scope.kind === 'incremental'),
    describe: async () => {
      const described = await question.describe(first.tableArn);
      return described?.tableId === first.tableId ? described : undefined;
    },
    trustManifests,
  });
  return { exports, keyAttributes, before };
}
