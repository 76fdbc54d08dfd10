/** Owns the decoding of `aws-chunked` bodies: chunks with a size line, then trailing headers. */
import { S3Error } from './s3-error.js';

const MAX_LINE_BYTES = 8192;
const MAX_TRAILERS = 16;

/**
 * The payload inside `source`, without any framing; `trailers` is filled once it ends. Chunk and
 * trailer signatures are stepped over, not checked.
 *
 * Framing as in API/sigv4-streaming.html and sigv4-streaming-trailers.html. A body that stops
 * before its closing chunk throws IncompleteBody.
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Uint8Array>,
  trailers: Map<string, string>,
): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(source);
  for (;;) {
    const size = chunkSize(await reader.line());
    if (size === 0) break;
    yield* reader.take(size);
    if ((await reader.line()) !== '') throw brokenFraming('a chunk is longer than its size line');
  }
  await readTrailers(reader, trailers);
}

async function readTrailers(reader: ByteReader, trailers: Map<string, string>): Promise<void> {
  for (let count = 0; count <= MAX_TRAILERS; count += 1) {
    const line = await reader.lineOrEnd();
    if (line === undefined || line === '') return;
    const colon = line.indexOf(':');
    if (colon < 1) throw new S3Error('MalformedTrailerError', `Not a trailing header: ${line}`);
    trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  throw new S3Error('MalformedTrailerError', 'The request has too many trailing headers.');
}

function chunkSize(line: string): number {
  const digits = line.split(';', 1)[0] ?? '';
  if (!/^[0-9a-fA-F]{1,12}$/.test(digits)) throw brokenFraming(`no chunk size in "${line}"`);
  return Number.parseInt(digits, 16);
}

function brokenFraming(what: string): S3Error {
  return new S3Error('IncompleteBody', `The request body terminated unexpectedly: ${what}.`);
}

/** Bytes by line or by count out of pieces of any size. */
class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #pending: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#pieces = source[Symbol.asyncIterator]();
  }

  /** The next line without its end of line; the body's end before it is IncompleteBody. */
  async line(): Promise<string> {
    const line = await this.lineOrEnd();
    if (line === undefined) throw brokenFraming('it ends inside its framing');
    return line;
  }

  /** The next line, undefined at the end; a last line without an end of line counts as a line. */
  async lineOrEnd(): Promise<string | undefined> {
    let end = this.#pending.indexOf('\n');
    while (end < 0) {
      if (this.#pending.length > MAX_LINE_BYTES) throw brokenFraming('a framing line has no end');
      if (!(await this.#refill())) {
        if (this.#pending.length === 0) return undefined;
        end = this.#pending.length;
        break;
      }
      end = this.#pending.indexOf('\n');
    }
    const line = this.#pending.toString('latin1', 0, end).replace(/\r$/, '');
    this.#pending = this.#pending.subarray(end + 1);
    return line;
  }

  /** Exactly `count` bytes in pieces. */
  async *take(count: number): AsyncGenerator<Uint8Array> {
    let left = count;
    while (left > 0) {
      if (this.#pending.length === 0 && !(await this.#refill())) {
        throw brokenFraming('it ends inside a chunk');
      }
      const piece = this.#pending.subarray(0, left);
      this.#pending = this.#pending.subarray(piece.length);
      left -= piece.length;
      if (piece.length > 0) yield piece;
    }
  }

  async #refill(): Promise<boolean> {
    const next = await this.#pieces.next();
    if (next.done === true) return false;
    this.#pending =
      this.#pending.length === 0
        ? Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
        : Buffer.concat([this.#pending, next.value]);
    return true;
  }
}
