/** Owns finding the line of the user's file that a call of ours came from. */

/** V8's own; absent elsewhere, where a definition error then names no line. */
interface StackCapture {
  captureStackTrace?(target: object, hideAbove: unknown): void;
  stackTraceLimit?: number;
}

const FRAME = /\(?((?:file:\/\/|\/|[A-Za-z]:[\\/])[^()]*?):(\d+):\d+\)?$/;

/**
 * `file:line` of the code that called `boundary`; undefined when the stack does not say.
 *
 * Frames up to `boundary` are hidden by the engine itself, so nothing here depends on where this
 * library lies or what its files are called.
 */
export function callSite(boundary: unknown): string | undefined {
  const capture = Error as unknown as StackCapture;
  if (typeof capture.captureStackTrace !== 'function') return undefined;
  const holder: { stack?: unknown } = {};
  capture.captureStackTrace(holder, boundary);
  return siteOf(holder.stack);
}

/** `file:line` of the first frame of a stack's text that has one; undefined when none has. */
export function siteOf(stack: unknown): string | undefined {
  if (typeof stack !== 'string') return undefined;
  for (const line of stack.split('\n').slice(1)) {
    if (line.includes('node:')) continue;
    const match = FRAME.exec(line.trim());
    if (match !== null) {
      return `${String(match[1]).replace(/^file:\/\//, '')}:${String(match[2])}`;
    }
  }
  return undefined;
}
