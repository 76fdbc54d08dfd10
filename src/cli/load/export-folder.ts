/** Owns an export's folder, wherever it was copied to, and finding there what its manifests name. */
import { posix } from 'node:path';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { ObjectReader } from '../../core/object-store.js';

/** The manifest that makes a folder an export's. */
export const SUMMARY = 'manifest-summary.json';

/** An export's own folder, `AWSDynamoDB/<id>`. */
export interface ExportFolder {
  /** As people are shown it: a path as given, or `s3://…`. */
  readonly place: string;
  /** Its path or key in `base`, without a slash at the end; '' is the whole of a bucket. */
  readonly own: string;
  readonly base: ObjectReader;
  /** What may be the bucket that keys count from: paths without a slash at the end, '' for `base` itself. */
  readonly roots: readonly string[];
}

/** A piece of a data file as it is read. */
export interface ReadPiece {
  readonly key: string;
  readonly pieceBytes: number;
  /** Of this reading of the file, with this piece. */
  readonly soFarBytes: number;
}

/**
 * Reads an export by the keys of its manifests. Those count from the bucket it was written to, which
 * a copy need not be: then files are found by their place beside the manifests. A wrong one is not
 * taken for the right one, since all are verified. `onPiece` is told of every piece of a data file.
 */
export function openFolder(
  folder: ExportFolder,
  onPiece: (piece: ReadPiece) => void = () => undefined,
): ObjectReader {
  const { base } = folder;
  return {
    url: folder.place,
    get: async (key) => {
      for (const candidate of manifestKeys(folder, key)) {
        const object = await base.get(candidate);
        if (object !== undefined) return object;
      }
      return undefined;
    },
    openRead: async (key) => {
      for (const candidate of dataKeys(folder, key)) {
        const source = await base.openRead(candidate);
        if (source !== undefined) return told(key, source, onPiece);
      }
      throw notFound(folder, key);
    },
  };
}

/** The one beside the summary first: an edited copy may well name the original's. */
function manifestKeys({ own, roots }: ExportFolder, key: string): readonly string[] {
  const name = posix.basename(key);
  return [joined(own, name), ...(name === key ? [] : roots.map((root) => joined(root, key)))];
}

/** A full export has its data in its own folder, an incremental one beside it (S3DataExport.Output.html). */
function dataKeys({ own, roots }: ExportFolder, key: string): readonly string[] {
  const keys = [...roots.map((root) => joined(root, key)), ...besides(own, key)];
  return [...new Set(keys)];
}

function besides(own: string, key: string): readonly [string, string] {
  const name = `data/${posix.basename(key)}`;
  const parent = own.includes('/') ? own.slice(0, own.lastIndexOf('/')) : '';
  return [joined(own, name), joined(parent, name)];
}

function joined(folder: string, key: string): string {
  return folder === '' ? key : `${folder}/${key}`;
}

async function* told(
  key: string,
  source: AsyncIterable<Uint8Array>,
  onPiece: (piece: ReadPiece) => void,
): AsyncGenerator<Uint8Array> {
  let soFarBytes = 0;
  for await (const piece of source) {
    soFarBytes += piece.length;
    onPiece({ key, pieceBytes: piece.length, soFarBytes });
    yield piece;
  }
}

function notFound({ place }: ExportFolder, key: string): TidemarkError {
  return new TidemarkError(
    `Data file ${key} is not found: neither by its key, nor in the folder data of the export, nor in one beside it.`,
    {
      code: ErrorCode.CorruptExport,
      subject: place,
      hint: 'Copy the export with all its data files: an incremental one has them in AWSDynamoDB/data.',
    },
  );
}
