/** Owns the first look at exports: what each says it is, its manifests verified. */
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { ChainExport } from '../../export/export-chain.js';
import { scopeOf } from '../../export/export-manifest.js';
import { readExport, readManifestSummary } from '../../processing/read-export.js';
import { openFolder, SUMMARY, type ExportFolder } from './export-folder.js';

/** What an export's summary says. */
export interface ExportClaim extends ChainExport {
  readonly folder: ExportFolder;
  readonly exportArn: string;
  readonly tableArn: string;
  readonly itemCount: number;
  /** Uncompressed, as DynamoDB counts. */
  readonly billedSizeBytes: number;
}

/** Reads and verifies the summary; CorruptExport names the export's place. */
export function readClaim(folder: ExportFolder, trustManifests: boolean): Promise<ExportClaim> {
  return inExport(folder, async () => {
    const store = openFolder(folder);
    const manifest = await readManifestSummary({ store, manifestKey: SUMMARY, trustManifests });
    const { exportArn, tableArn, tableId, itemCount, billedSizeBytes } = manifest;
    const scope = scopeOf(manifest, SUMMARY);
    const { place } = folder;
    return { place, folder, exportArn, tableArn, tableId, scope, itemCount, billedSizeBytes };
  });
}

/** An export whose list of files is verified too. */
export interface VerifiedClaim extends ExportClaim {
  /** Data files. */
  readonly files: number;
  /** Of the list of files; a load goes by the same list, or not at all. */
  readonly manifestMd5: string;
}

/** Reads and verifies the list of files, and lets go of it: there may be millions in all. */
export function verifyClaim(claim: ExportClaim, trustManifests: boolean): Promise<VerifiedClaim> {
  return inExport(claim.folder, async () => {
    const store = openFolder(claim.folder);
    const { files, manifestMd5 } = await readExport({
      store,
      manifestKey: SUMMARY,
      trustManifests,
    });
    return { ...claim, files: files.length, manifestMd5 };
  });
}

/** Runs `work`; what it says of a bad export says in which one. */
export async function inExport<T>({ place }: ExportFolder, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof TidemarkError) || cause.code !== ErrorCode.CorruptExport) throw cause;
    if (cause.message.includes(place)) throw cause;
    const { code, subject, hint } = cause;
    throw new TidemarkError(`${place}: ${cause.message}`, {
      code,
      subject,
      ...(hint === undefined ? {} : { hint }),
      cause,
    });
  }
}
