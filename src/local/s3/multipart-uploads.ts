/** Owns the multipart uploads of one bucket that are under way: their parts on disk and an index. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

import type { ObjectChecksum } from './checksums.js';
import { checksumSchema, keptHeadersSchema } from './object-record.js';
import { S3Error } from './s3-error.js';
import { readBody, readFooter, stageFile } from './stored-file.js';

const DESCRIPTION = 'upload.json';

const uploadSchema = z.object({
  uploadId: z.string(),
  key: z.string(),
  initiatedMs: z.int(),
  headers: keptHeadersSchema,
  /** What the client will check parts and object with, if anything. */
  checksum: checksumSchema.pick({ algorithm: true, type: true }).optional(),
});
export type Upload = Readonly<z.infer<typeof uploadSchema>>;

/** The footer of a part's file. */
const partSchema = z.object({
  partNumber: z.int().positive(),
  sizeBytes: z.int().nonnegative(),
  etag: z.string(),
  lastModifiedMs: z.int(),
  checksum: checksumSchema.optional(),
});
export type Part = Readonly<z.infer<typeof partSchema>>;

interface OpenUpload {
  readonly upload: Upload;
  readonly parts: Map<number, Part>;
}

/** Each upload is a folder `<uploadId>/` with `upload.json` and one file a part. */
export class MultipartUploads {
  readonly #directory: string;
  readonly #stagingDirectory: string;
  readonly #open = new Map<string, OpenUpload>();

  constructor(directory: string, stagingDirectory: string) {
    this.#directory = directory;
    this.#stagingDirectory = stagingDirectory;
    mkdirSync(directory, { recursive: true });
    for (const uploadId of readdirSync(directory)) {
      this.#open.set(uploadId, readUpload(join(directory, uploadId)));
    }
  }

  list(): Upload[] {
    return [...this.#open.values()].map(({ upload }) => upload);
  }

  create(description: Omit<Upload, 'uploadId'>): Upload {
    const upload = { ...description, uploadId: randomUUID().replaceAll('-', '') };
    const staged = join(this.#stagingDirectory, randomUUID());
    mkdirSync(staged);
    writeFileSync(join(staged, DESCRIPTION), JSON.stringify(upload));
    renameSync(staged, join(this.#directory, upload.uploadId));
    this.#open.set(upload.uploadId, { upload, parts: new Map() });
    return upload;
  }

  /** The upload, if it is one of `key`; NoSuchUpload otherwise. */
  get(uploadId: string, key: string): Upload {
    return this.#require(uploadId, key).upload;
  }

  /** In ascending part number. */
  parts(upload: Upload): Part[] {
    const { parts } = this.#require(upload.uploadId, upload.key);
    return [...parts.values()].sort((left, right) => left.partNumber - right.partNumber);
  }

  /** Stores a part, in place of an earlier one of the same number. */
  async putPart(
    upload: Upload,
    partNumber: number,
    chunks: AsyncIterable<Uint8Array>,
    known: { lastModifiedMs: number; checksum: () => ObjectChecksum | undefined },
  ): Promise<Part> {
    const staged = await stageFile(this.#stagingDirectory, chunks, ({ sizeBytes, md5 }): Part => {
      const checksum = known.checksum();
      return {
        partNumber,
        sizeBytes,
        etag: md5.toString('hex'),
        lastModifiedMs: known.lastModifiedMs,
        ...(checksum === undefined ? {} : { checksum }),
      };
    });
    try {
      const { parts } = this.#require(upload.uploadId, upload.key);
      renameSync(staged.path, this.#partPath(upload, partNumber));
      parts.set(partNumber, staged.footer);
    } catch (error) {
      rmSync(staged.path, { force: true });
      throw error;
    }
    return staged.footer;
  }

  /**
   * The bytes of `parts`, one after the other. A part that is replaced or gone by the time it is
   * read throws.
   */
  async *read(upload: Upload, parts: readonly Part[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      this.requireUnchanged(upload, [part]);
      yield* readBody(this.#partPath(upload, part.partNumber), 0, part.sizeBytes);
    }
  }

  /** Throws NoSuchUpload or InvalidPart unless the upload still has exactly these `parts`. */
  requireUnchanged(upload: Upload, parts: readonly Part[]): void {
    const current = this.#require(upload.uploadId, upload.key).parts;
    if (parts.some((part) => current.get(part.partNumber) !== part)) {
      throw new S3Error('InvalidPart', 'A part was uploaded anew while the upload was completed.');
    }
  }

  /** Forgets the upload and its parts. */
  remove(upload: Upload): void {
    this.#open.delete(upload.uploadId);
    // Moved away first: a kill half-way through the removal leaves no half of an upload behind.
    const doomed = join(this.#stagingDirectory, randomUUID());
    renameSync(join(this.#directory, upload.uploadId), doomed);
    rmSync(doomed, { recursive: true });
  }

  /** For a bucket that is removed with all its uploads. */
  forgetAll(): void {
    this.#open.clear();
  }

  #partPath({ uploadId }: Upload, partNumber: number): string {
    return join(this.#directory, uploadId, String(partNumber));
  }

  #require(uploadId: string, key: string): OpenUpload {
    const found = this.#open.get(uploadId);
    if (found?.upload.key !== key) {
      throw new S3Error(
        'NoSuchUpload',
        'The specified upload does not exist: the upload id may be wrong, or it was aborted or completed.',
      );
    }
    return found;
  }
}

function readUpload(directory: string): OpenUpload {
  const description: unknown = JSON.parse(readFileSync(join(directory, DESCRIPTION), 'utf8'));
  const parts = new Map<number, Part>();
  for (const name of readdirSync(directory)) {
    const part = name === DESCRIPTION ? undefined : readFooter(join(directory, name), partSchema);
    if (part !== undefined) parts.set(part.partNumber, part);
  }
  return { upload: uploadSchema.parse(description), parts };
}
