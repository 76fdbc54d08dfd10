/** Owns how a failure is told: one sentence, what to do next, and no stack. */
import { TidemarkError, messageOf } from '../core/errors.js';
import type { Output } from './output.js';

/** Writes the error to stderr; with --verbose also what it came from. */
export function reportError(thrown: unknown, output: Output): void {
  const [first = '', ...more] = sentences(messageOf(thrown));
  output.note(`${output.noteStyle('red', 'tidemark:')} ${first}`);
  for (const line of more) output.note(`  ${line}`);
  const hint = hintOf(thrown, output);
  if (hint !== undefined) output.note(`  ${output.noteStyle('dim', hint)}`);
  if (output.isVerbose) reportCauses(thrown, output);
}

function sentences(message: string): string[] {
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  return lines.length === 0 ? ['failed without a word'] : lines;
}

function hintOf(thrown: unknown, output: Output): string | undefined {
  if (thrown instanceof TidemarkError) return thrown.hint;
  if (output.isVerbose) return undefined;
  return 'This was not foreseen; run the same again with --verbose to see where it comes from.';
}

function reportCauses(thrown: unknown, output: Output): void {
  // An error may be its own cause's cause; a few links tell all there is.
  let error = thrown;
  for (let depth = 0; depth < 8 && error !== undefined && error !== null; depth += 1) {
    const text = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
    output.note(`${depth === 0 ? '' : 'caused by: '}${text}`);
    error = error instanceof Error ? error.cause : undefined;
  }
}
