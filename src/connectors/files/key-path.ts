/** Owns the mapping between object keys and paths in a folder: any key has one, and most look alike. */

/** The store's own folder inside the bucket's; no key maps into it. */
export const OWN_FOLDER = '.tidemark';

/** File names hold 255 bytes at most on the file systems we meet. */
const MAX_SEGMENT_BYTES = 200;
const GOES_ON = '%+';
const SHADOWED = '%=';
const EMPTY_SEGMENT = '%';

/**
 * The relative path of `key`: the key itself, but for segments that cannot be file names. Those
 * are escaped with `%`: an empty segment is `%`, `.` and `..` are `%2E` and `%2E%2E`, a `%` is
 * `%25`, and a segment too long for a file name goes on in the next one after `%+`.
 */
export function pathOfKey(key: string): string {
  return key
    .split('/')
    .map((segment, index) => encodeSegment(segment, index === 0))
    .join('/');
}

/** The key of a path; undefined when {@link pathOfKey} gives no such path. */
export function keyOfPath(path: string): string | undefined {
  const joined = path.replaceAll(`${GOES_ON}/`, '');
  const key = joined
    .split('/')
    .map((segment) => (segment === EMPTY_SEGMENT ? '' : decodeSegment(segment)))
    .join('/');
  return pathOfKey(key) === path ? key : undefined;
}

/** Where, inside the store's own folder, an object lies whose path is taken by a folder. */
export function shadowPathOfKey(key: string): string {
  return `${pathOfKey(key)}${SHADOWED}`;
}

/** The key of a {@link shadowPathOfKey}. */
export function keyOfShadowPath(path: string): string | undefined {
  return path.endsWith(SHADOWED) ? keyOfPath(path.slice(0, -SHADOWED.length)) : undefined;
}

function encodeSegment(segment: string, first: boolean): string {
  if (segment === '') return EMPTY_SEGMENT;
  if (segment === '.' || segment === '..') return segment.replaceAll('.', '%2E');
  const escaped = segment.replaceAll('%', '%25').replaceAll('\0', '%00');
  const apart = first && segment === OWN_FOLDER ? escaped.replace('.', '%2E') : escaped;
  return splitLong(apart);
}

function decodeSegment(segment: string): string {
  return segment.replaceAll(/%(25|00|2E)/g, (_match, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function splitLong(segment: string): string {
  if (Buffer.byteLength(segment) <= MAX_SEGMENT_BYTES) return segment;
  const pieces: string[] = [];
  let piece = '';
  for (const part of segment.match(/%..|[^]/gu) ?? []) {
    if (Buffer.byteLength(piece + part) > MAX_SEGMENT_BYTES) {
      pieces.push(piece);
      piece = '';
    }
    piece += part;
  }
  return [...pieces, piece].join(`${GOES_ON}/`);
}
