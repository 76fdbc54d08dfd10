/** Owns the reading of an export's manifests, every byte of them verified. */
import { createHash } from 'node:crypto';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { ObjectReader } from '../core/object-store.js';
import {
  checkManifestFiles,
  checkManifestSummary,
  parseManifestFiles,
  parseManifestSummary,
  type ExpectedExport,
  type ExportFile,
  type ExportManifest,
} from '../export/export-manifest.js';

/** An export whose manifests are whole and are what was asked for. */
export interface VerifiedExport {
  readonly manifest: ExportManifest;
  /** In the manifest's order; files without items are among them. */
  readonly files: readonly ExportFile[];
  /** Base64 MD5 of `manifest-files.json`. */
  readonly manifestMd5: string;
}

/** What {@link readExport} reads. */
export interface ExportSource {
  /** The bucket the export was written to, or where it was copied. */
  readonly store: ObjectReader;
  /** Key of `manifest-summary.json`, as DescribeExport gives it. */
  readonly manifestKey: string;
  /** What was asked for; without it the manifests are held against each other only. */
  readonly expected?: ExpectedExport;
  /** Leaves out the manifests' own MD5s, for manifests that were edited by hand. */
  readonly trustManifests?: boolean;
}

/**
 * Reads and verifies both manifests; CorruptExport names what does not verify, TableReplaced tells
 * that the export is of another table of the same name.
 */
export async function readExport(source: ExportSource): Promise<VerifiedExport> {
  const manifest = await readManifestSummary(source);
  const list = await readVerified(source, manifest.manifestFilesKey);
  const files = parseManifestFiles(list.text, manifest.manifestFilesKey);
  checkManifestFiles(manifest, files, manifest.manifestFilesKey);
  return { manifest, files, manifestMd5: list.md5 };
}

/** Reads and verifies `manifest-summary.json` alone; fails as {@link readExport}. */
export async function readManifestSummary(source: ExportSource): Promise<ExportManifest> {
  const { manifestKey, expected } = source;
  const { text } = await readVerified(source, manifestKey);
  const manifest = parseManifestSummary(text, manifestKey);
  if (expected !== undefined) checkManifestSummary(manifest, expected, manifestKey);
  return manifest;
}

async function readVerified(
  { store, trustManifests }: ExportSource,
  key: string,
): Promise<{ readonly text: string; readonly md5: string }> {
  const body = await readWhole(store, key);
  const md5 = createHash('md5').update(body).digest('base64');
  if (trustManifests !== true) {
    // Real exports have `.md5` beside each manifest, whatever S3DataExport.Output.html calls it.
    const md5Key = key.replace(/\.json$/, '.md5');
    const wanted = textOf(await readWhole(store, md5Key, EDITED_HINT), md5Key).trim();
    if (md5 !== wanted) {
      throw corrupt(store, key, `has MD5 ${md5} where ${md5Key} says ${wanted}`, EDITED_HINT);
    }
  }
  return { text: textOf(body, key), md5 };
}

async function readWhole(
  store: ObjectReader,
  key: string,
  hint = CHANGED_HINT,
): Promise<Uint8Array> {
  const object = await store.get(key);
  if (object === undefined) throw corrupt(store, key, 'does not exist', hint);
  return object.body;
}

function textOf(bytes: Uint8Array, key: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new TidemarkError(`Export object ${key} is not UTF-8.`, {
      code: ErrorCode.CorruptExport,
      subject: key,
      cause,
    });
  }
}

const CHANGED_HINT = 'Check that nobody changed the export, then let a new export be taken.';
const EDITED_HINT =
  'Check that nobody changed the export; one edited on purpose is loaded by `tidemark load --trust-manifests`.';

function corrupt(
  store: ObjectReader,
  key: string,
  problem: string,
  hint = CHANGED_HINT,
): TidemarkError {
  return new TidemarkError(`Export object ${key} in ${store.url} ${problem}.`, {
    code: ErrorCode.CorruptExport,
    subject: key,
    hint,
  });
}
