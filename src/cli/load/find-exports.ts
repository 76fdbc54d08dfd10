/** Owns finding the exports that a command line names: folders, prefixes, manifests, or what holds several. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { glob } from 'tinyglobby';
import { BUCKET_NAME } from '../../config/names.js';
import { didYouMean } from '../../config/nearest-name.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { ObjectStore } from '../../core/object-store.js';
import { SUMMARY, type ExportFolder } from './export-folder.js';
import { localFiles } from './local-files.js';

/** Opens a bucket; asked only when an argument names one. */
export type OpenBucket = (name: string) => Promise<ObjectStore>;

/** Every export that `places` name, each once; NotFound for a place without any. */
export async function findExports(
  places: readonly string[],
  openBucket: OpenBucket,
): Promise<readonly ExportFolder[]> {
  const found = new Map<string, ExportFolder>();
  for (const place of places) {
    const s3 = parseS3Place(place);
    const folders = s3 === undefined ? await localExports(place) : await s3Exports(s3, openBucket);
    for (const folder of folders) found.set(`${folder.base.url}\n${folder.own}`, folder);
  }
  return [...found.values()];
}

/** A place in a bucket; the prefix has no slash at either end. */
export interface S3Place {
  readonly bucket: string;
  readonly prefix: string;
}

/** Undefined for a path; InvalidUsage for what looks like an address and is none of S3's. */
export function parseS3Place(text: string): S3Place | undefined {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]*)\/*(.*?)\/*$/.exec(text) ?? [];
  if (BUCKET_NAME.test(bucket)) return { bucket, prefix };
  const looksLikeAddress = /^(s3:|[a-z0-9+.-]+:\/\/|arn:)/i.test(text);
  if (!looksLikeAddress) return undefined;
  throw new TidemarkError(`"${text}" is neither a folder nor s3://bucket/prefix.`, {
    code: ErrorCode.InvalidUsage,
    subject: text,
    hint: /^arn:aws[a-z-]*:dynamodb:/.test(text)
      ? '`aws dynamodb describe-export --export-arn …` tells S3Bucket and ExportManifest: give s3://<S3Bucket>/<ExportManifest>.'
      : 'Such as: ./exports, or s3://my-bucket/exports',
  });
}

async function localExports(place: string): Promise<readonly ExportFolder[]> {
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) throw await noSuchPath(place);
  if (found.isFile()) {
    if (basename(place) === SUMMARY) return [localFolder(dirname(place))];
    throw new TidemarkError(`${place} is a file, and not an export's ${SUMMARY}.`, {
      code: ErrorCode.InvalidUsage,
      subject: place,
      hint: "Give the export's folder, AWSDynamoDB/<id>, or a folder that holds several.",
    });
  }
  if (await isFile(join(place, SUMMARY))) return [localFolder(place)];
  const summaries = await glob(`**/${SUMMARY}`, { cwd: place, dot: true });
  if (summaries.length === 0) throw noExport(place);
  return summaries.sort().map((summary) => localFolder(join(place, dirname(summary))));
}

function localFolder(place: string): ExportFolder {
  const own = resolve(place);
  const roots: string[] = [];
  // Any folder above may be the copy of the bucket.
  for (let root = dirname(own); root !== dirname(root); root = dirname(root)) roots.push(root);
  return { place, own, base: localFiles, roots };
}

async function s3Exports(
  { bucket, prefix }: S3Place,
  openBucket: OpenBucket,
): Promise<readonly ExportFolder[]> {
  const store = await openBucket(bucket);
  const folderOf = (summaryKey: string): ExportFolder => {
    const own = summaryKey.slice(0, -SUMMARY.length).replace(/\/$/, '');
    return { place: `s3://${bucket}/${own}`, own, base: store, roots: [''] };
  };
  const folder = basename(prefix) === SUMMARY ? prefix.slice(0, -SUMMARY.length) : `${prefix}/`;
  const root = folder === '/' ? '' : folder;
  for await (const { key } of store.list(root + SUMMARY)) {
    if (key === root + SUMMARY) return [folderOf(key)];
  }
  const summaries: string[] = [];
  for await (const key of summariesUnder(store, root)) summaries.push(key);
  if (summaries.length === 0) throw noExport(`s3://${bucket}/${prefix}`);
  return summaries.map(folderOf);
}

/** Lists past the data files, which are far more than the exports. */
async function* summariesUnder(store: ObjectStore, root: string): AsyncGenerator<string> {
  let startAfter: string | undefined = '';
  while (startAfter !== undefined) {
    const from: string = startAfter;
    startAfter = undefined;
    for await (const { key } of store.list(root, { startAfter: from })) {
      if (basename(key) === SUMMARY) yield key;
      const [, data] = /^((?:.*\/)?AWSDynamoDB\/(?:[^/]+\/)?data)\//.exec(key) ?? [];
      if (data === undefined) continue;
      // `0` is the letter after `/`: past everything in the folder.
      startAfter = `${data}0`;
      break;
    }
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function noSuchPath(place: string): Promise<TidemarkError> {
  const siblings = await readdir(dirname(place)).catch(() => []);
  const guess = didYouMean(basename(place), siblings);
  return new TidemarkError(`There is no file or folder "${place}".`, {
    code: ErrorCode.NotFound,
    subject: place,
    hint: guess === '' ? "Give an export's folder, or s3://bucket/prefix." : guess,
  });
}

function noExport(place: string): TidemarkError {
  return new TidemarkError(`No export is to be found in ${place}: there is no ${SUMMARY}.`, {
    code: ErrorCode.NotFound,
    subject: place,
    hint: `Give an export's folder, AWSDynamoDB/<id>, or one above it. An export without ${SUMMARY} has not ended, or failed.`,
  });
}
