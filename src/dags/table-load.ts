/** Owns the DAG by which a table's sync brings one export into the lake. */
import { dag, type Dag, type NoInputs } from '../dag/index.js';

/** The id under which the DAG is run: for a window of changes, or for the whole table. */
export type TableLoadId = 'table_window' | 'full_load';

/** A finished export. */
export type ExportedTable = {
  readonly exportArn: string;
  /** Bucket-relative key of the export's manifest-summary.json. */
  readonly manifestKey: string;
  readonly billedSizeBytes: number;
};

/** One batch of an export's files, of all there are. */
export type LoadPart = { readonly batch: number; readonly batches: number };

/** What each task does; called in the workflow of the sync. */
export interface TableLoadBodies {
  /** Asks for the export and waits for its end. Skips when something else is wanted meanwhile. */
  readonly export: (skip: (reason: string) => never) => Promise<ExportedTable>;
  /** Verifies the manifests and cuts the files into batches. */
  readonly plan: (exported: ExportedTable) => Promise<readonly LoadPart[]>;
  readonly profile: (exported: ExportedTable, part: LoadPart) => Promise<void>;
  readonly write: (exported: ExportedTable, part: LoadPart) => Promise<void>;
  readonly commit: (exported: ExportedTable, batches: number) => Promise<void>;
}

/** A failed export is asked for anew for as long as it takes; what needs a person ends the run. */
const WITHOUT_END = 1_000_000;

/** Export, plan, profile every batch, write every batch, commit once. */
export function tableLoad(
  id: TableLoadId,
  { batchConcurrency }: { readonly batchConcurrency: number },
  bodies: TableLoadBodies,
): Dag<NoInputs> {
  return dag(id, {}, (d) => {
    const exporting = d.task(
      'export',
      (_: NoInputs, run) => bodies.export((reason) => run.skip(reason)),
      {
        retries: WITHOUT_END,
      },
    );
    const planning = d.task('plan', (a: { exported: ExportedTable }) => bodies.plan(a.exported));
    const profiling = d.task('profile', (a: { exported: ExportedTable; part: LoadPart }) =>
      bodies.profile(a.exported, a.part),
    );
    const writing = d.task('write', (a: { exported: ExportedTable; part: LoadPart }) =>
      bodies.write(a.exported, a.part),
    );
    const committing = d.task(
      'commit',
      (a: { exported: ExportedTable; parts: readonly LoadPart[] }) =>
        bodies.commit(a.exported, a.parts.length),
    );

    const exported = exporting();
    const parts = planning({ exported });
    const atOnce = { maxActive: batchConcurrency };
    // The lake's types are settled from the profiles of all batches, before any is written.
    const profiled = profiling.partial({ exported }).map({ part: parts }, atOnce);
    const written = writing.partial({ exported }).map({ part: parts }, atOnce);
    written.after(profiled);
    committing({ exported, parts }).after(written);
  });
}
