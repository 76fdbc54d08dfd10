/** Owns the faults a test may ask the local S3 for, to stand in for what a real one does at times. */
import { Transform } from 'node:stream';

/** The request a fault is decided on. */
export interface FaultRequest {
  /** AWS's name of the operation: `PutObject`, `GetObject`, … */
  readonly operation: string;
  readonly bucket: string;
  readonly key: string;
}

/**
 * What goes wrong.
 * - `slowDown`: 503 SlowDown, and nothing is done.
 * - `conflict`: 409 ConditionalRequestConflict, and nothing is done.
 * - `delay`: the request is carried out after `delayMs` milliseconds.
 * - `reset`: the connection breaks before anything is done.
 * - `lostResponse`: the request is carried out in full, then the connection breaks in place of the
 *   answer.
 * - `tornBody`: the connection breaks after `afterBytes` bytes of the answer's body, which keeps
 *   its whole Content-Length.
 * - `stalledBody`: as `tornBody`, but the connection stays open and silent.
 */
export type Fault =
  | { readonly kind: 'slowDown' }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'reset' }
  | { readonly kind: 'lostResponse' }
  | { readonly kind: 'tornBody'; readonly afterBytes: number }
  | { readonly kind: 'stalledBody'; readonly afterBytes: number };

/** Asked once for every request; undefined lets it pass. */
export type Faults = (request: FaultRequest) => Fault | undefined;

/**
 * Passes `afterBytes` bytes on, then calls `tear`, and neither passes more nor ends. A body with
 * no more bytes passes unharmed.
 */
export function tornAfter(afterBytes: number, tear: () => void): Transform {
  let leftBytes = afterBytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const passed = chunk.subarray(0, leftBytes);
      leftBytes -= passed.length;
      this.push(passed);
      // Torn a turn later, so that what was passed on is sent before the connection goes.
      if (passed.length < chunk.length) setImmediate(tear);
      else done();
    },
  });
}
