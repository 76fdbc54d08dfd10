/** Owns the reading of an export's manifests, every byte of them verified. */
import { createHash } from 'node:crypto';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { ObjectStore } from '../core/object-store.js';
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
  /** The bucket the export was written to. */
  readonly store: ObjectStore;
  /** Key of `manifest-summary.json`, as DescribeExport gives it. */
  readonly manifestKey: string;
  readonly expected: ExpectedExport;
}

/**
 * Reads and verifies both manifests; CorruptExport names what does not verify, TableReplaced tells
 * that the export is of another table of the same name.
 */
export async function readExport(source: ExportSource): Promise<VerifiedExport> {
  const { store, manifestKey, expected } = source;
  const summary = await readVerified(store, manifestKey);
  const manifest = parseManifestSummary(summary.text, manifestKey);
  checkManifestSummary(manifest, expected, manifestKey);
  const list = await readVerified(store, manifest.manifestFilesKey);
  const files = parseManifestFiles(list.text, manifest.manifestFilesKey);
  checkManifestFiles(manifest, files, manifest.manifestFilesKey);
  return { manifest, files, manifestMd5: list.md5 };
}

async function readVerified(
  store: ObjectStore,
  key: string,
): Promise<{ readonly text: string; readonly md5: string }> {
  const body = await readWhole(store, key);
  // Real exports have `.md5` beside each manifest, whatever S3DataExport.Output.html calls it.
  const md5Key = key.replace(/\.json$/, '.md5');
  const wanted = textOf(await readWhole(store, md5Key), md5Key).trim();
  const md5 = createHash('md5').update(body).digest('base64');
  if (md5 !== wanted) throw corrupt(store, key, `has MD5 ${md5} where ${md5Key} says ${wanted}`);
  return { text: textOf(body, key), md5 };
}

async function readWhole(store: ObjectStore, key: string): Promise<Uint8Array> {
  const object = await store.get(key);
  if (object === undefined) throw corrupt(store, key, 'does not exist');
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

function corrupt(store: ObjectStore, key: string, problem: string): TidemarkError {
  return new TidemarkError(`Export object ${store.url}/${key} ${problem}.`, {
    code: ErrorCode.CorruptExport,
    subject: key,
    hint: 'Check that nobody changed the export, then let a new export be taken.',
  });
}
