/** Owns the file an object or part lies in: its bytes, then a footer that describes them. */
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { z } from 'zod';

const MAGIC = Buffer.from('TMS3');
/** Footer length, big-endian, and the magic. */
const TAIL_BYTES = 4 + MAGIC.length;

/** What is known of a body once it is written. */
export interface WrittenBody {
  readonly sizeBytes: number;
  readonly md5: Buffer;
}

/** A whole file under a name of its own, not yet where a reader would look. */
export interface StagedFile<Footer> {
  readonly path: string;
  readonly footer: Footer;
}

/**
 * Streams `chunks` into a new file in `directory` and closes it with the footer. When anything
 * throws, the file is removed.
 *
 * Nothing is flushed to the device: written pages survive the kill of this process, not the loss
 * of power.
 */
export async function stageFile<Footer>(
  directory: string,
  chunks: AsyncIterable<Uint8Array>,
  describe: (written: WrittenBody) => Footer | Promise<Footer>,
): Promise<StagedFile<Footer>> {
  const path = join(directory, randomUUID());
  const file = await open(path, 'wx');
  try {
    const md5 = createHash('md5');
    let sizeBytes = 0;
    for await (const chunk of chunks) {
      md5.update(chunk);
      sizeBytes += chunk.length;
      await file.writeFile(chunk);
    }
    const footer = await describe({ sizeBytes, md5: md5.digest() });
    await file.writeFile(encodeFooter(footer));
    await file.close();
    return { path, footer };
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(path, { force: true });
    throw error;
  }
}

function encodeFooter(footer: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(footer));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([json, length, MAGIC]);
}

/**
 * The footer of the file at `path`; undefined when the file has none of `schema`.
 *
 * Synchronous, since a start reads thousands of small tails and each hop to the thread pool would
 * cost more than the read.
 */
export function readFooter<Footer>(path: string, schema: z.ZodType<Footer>): Footer | undefined {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const tail = readAt(fd, size - TAIL_BYTES, TAIL_BYTES);
    if (!tail?.subarray(4).equals(MAGIC)) return undefined;
    const length = tail.readUInt32BE(0);
    const json = readAt(fd, size - TAIL_BYTES - length, length);
    if (json === undefined) return undefined;
    return schema.safeParse(parsedJson(json.toString('utf8'))).data;
  } finally {
    closeSync(fd);
  }
}

function readAt(fd: number, position: number, length: number): Buffer | undefined {
  if (position < 0) return undefined;
  const buffer = Buffer.alloc(length);
  return readSync(fd, buffer, 0, length, position) === length ? buffer : undefined;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The `length` bytes of the body at `path` from `start` on. The file is open when this returns, so
 * a later replacement or removal does not touch what is read.
 */
export function readBody(path: string, start: number, length: number): Readable {
  if (length === 0) return Readable.from([]);
  const fd = openSync(path, 'r');
  return createReadStream('', { fd, start, end: start + length - 1, highWaterMark: 256 * 1024 });
}
