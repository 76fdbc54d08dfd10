/** Owns memory that grown columns no longer need, for those that grow next: new pages cost more than reading into them. */

/** Smaller pieces are not worth keeping. */
const LEAST_BYTES = 64 * 1024;
/** Of all pieces that one thread keeps: as much as the columns of one batch take. */
const MOST_BYTES = 96 * 1024 * 1024;
/** A piece goes to no column that needs less than this part of it. */
const LARGEST_RATIO = 4;

/** The ones left last come last. */
const pieces: ArrayBuffer[] = [];
let keptBytes = 0;

/** At least so many bytes; anything may stand in them. */
export function takeMemory(bytes: number): ArrayBuffer {
  let best = -1;
  let bestBytes = LARGEST_RATIO * bytes + 1;
  for (let index = 0; index < pieces.length; index++) {
    const { byteLength } = pieces[index] as ArrayBuffer;
    if (byteLength < bytes || byteLength >= bestBytes) continue;
    best = index;
    bestBytes = byteLength;
  }
  const [found] = best < 0 ? [] : pieces.splice(best, 1);
  if (found === undefined) return new ArrayBuffer(bytes);
  keptBytes -= found.byteLength;
  return found;
}

/** Keeps memory that nobody looks at any more. */
export function leaveMemory(memory: ArrayBuffer): void {
  if (memory.byteLength < LEAST_BYTES || memory.byteLength > MOST_BYTES) return;
  pieces.push(memory);
  keptBytes += memory.byteLength;
  while (keptBytes > MOST_BYTES) keptBytes -= pieces.shift()?.byteLength ?? 0;
}
