/** Owns reading many stretches of a file: at once where a disk has to work, one by one where not. */
import { read, readSync } from 'node:fs';

import { DamagedError } from './damaged-error.js';
import { errnoOf } from './disk-trouble.js';

/** As many as keep a disk busy; libuv runs as many at once as it has threads. */
const READS_AT_ONCE = 32;
/** A read that takes longer does not come from memory, or the process had to wait meanwhile. */
const MEMORY_READ_MS = 0.04;
/** Of so many reads in a row at most this part may take longer. */
const READS_PER_LOOK = 64;
const MOST_SLOW_READS = 8;

/** Bytes of a file; the end is exclusive. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Takes a stretch's bytes, and must be done with them when it returns. */
export type VisitStretch = (bytes: Uint8Array, index: number) => void;

/**
 * Reads each stretch and hands its bytes to `visit`. When it fails, no read is under way any more.
 *
 * What the system has in memory is read in place: a thread for it costs twice the time of the read.
 * As soon as more than a few are slower than that, the rest go to libuv's threads, several at a time.
 */
export async function readStretches(
  fd: number,
  stretches: readonly Stretch[],
  visit: VisitStretch,
): Promise<void> {
  let next = 0;
  let slow = 0;
  let buffer: Uint8Array = new Uint8Array(0);
  for (; next < stretches.length && slow <= MOST_SLOW_READS; next++) {
    if (next % READS_PER_LOOK === 0) slow = 0;
    const stretch = stretches[next] as Stretch;
    buffer = roomFor(stretch, buffer);
    const startMs = performance.now();
    const bytes = readNow(fd, stretch, buffer);
    if (performance.now() - startMs > MEMORY_READ_MS) slow++;
    visit(bytes, next);
  }
  if (next < stretches.length) await readAtOnce(fd, stretches, next, visit);
}

function readNow(fd: number, { from, to }: Stretch, buffer: Uint8Array): Uint8Array {
  let bytesRead: number;
  try {
    bytesRead = readSync(fd, buffer, 0, to - from, from);
  } catch (error) {
    throw asDamage(error);
  }
  return wholeOf(buffer, bytesRead, to - from);
}

function readAtOnce(
  fd: number,
  stretches: readonly Stretch[],
  first: number,
  visit: VisitStretch,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let next = first;
    let reading = 0;
    let failure: Error | undefined;
    // Callbacks, not promises: with thousands of short reads, those would take most of the time.
    const step = (given: Uint8Array): void => {
      const stretch = stretches[next];
      if (failure !== undefined || stretch === undefined) {
        if (reading > 0) return;
        if (failure === undefined) resolve();
        else reject(failure);
        return;
      }
      const index = next++;
      const size = stretch.to - stretch.from;
      const buffer = roomFor(stretch, given);
      reading++;
      read(fd, buffer, 0, size, stretch.from, (error, bytesRead) => {
        reading--;
        try {
          if (error !== null) throw asDamage(error);
          visit(wholeOf(buffer, bytesRead, size), index);
        } catch (thrown) {
          failure ??= thrown as Error;
        }
        step(buffer);
      });
    };
    const atOnce = Math.min(READS_AT_ONCE, stretches.length - first);
    for (let slot = 0; slot < atOnce; slot++) step(new Uint8Array(0));
  });
}

function roomFor({ from, to }: Stretch, given: Uint8Array): Uint8Array {
  return given.length >= to - from ? given : new Uint8Array(to - from);
}

function wholeOf(buffer: Uint8Array, bytesRead: number, size: number): Uint8Array {
  if (bytesRead !== size) throw new DamagedError('A run is shorter than it was written.');
  return buffer.subarray(0, size);
}

function asDamage(thrown: unknown): unknown {
  return errnoOf(thrown) === 'EIO' ? new DamagedError('The disk cannot read a run.') : thrown;
}
