/** Owns the Range header: which bytes of a body a read asks for. */
import { S3Error } from './s3-error.js';

export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/**
 * The bytes `header` asks for of a body of `sizeBytes`; undefined for all of it, which is also the
 * answer to a header that cannot be read or names several ranges (RFC 9110, section 14.2).
 * InvalidRange when the body has none of them.
 */
export function byteRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.replaceAll(' ', '') ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start >= sizeBytes) {
    throw new S3Error('InvalidRange', 'The requested range is not satisfiable.', {
      'content-range': `bytes */${sizeBytes}`,
    });
  }
  return { start, length: end - start + 1 };
}

/** The Content-Range header of a partial answer. */
export function contentRange(range: ByteRange, sizeBytes: number): string {
  return `bytes ${range.start}-${range.start + range.length - 1}/${sizeBytes}`;
}
