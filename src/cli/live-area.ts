/** Owns the lines at a terminal's bottom that are drawn over and over. */
import { stripVTControlCharacters } from 'node:util';
import type { TextStream } from './output.js';

const CLEAR_BELOW = '\u001b[0J';
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const DEFAULT_COLUMNS = 80;

/** Lines below all others, redrawn in place; nothing at all where there is no terminal. */
export class LiveArea {
  readonly #terminal: TextStream | undefined;
  #drawn = 0;
  #shown: readonly string[] = [];

  constructor(terminal: TextStream | undefined) {
    this.#terminal = terminal;
  }

  get isLive(): boolean {
    return this.#terminal !== undefined;
  }

  /** Draws `lines` in place of those drawn before. */
  show(lines: readonly string[]): void {
    this.#shown = lines;
    this.#draw('');
  }

  /** Writes a line that stays, above the area. */
  above(line: string): void {
    this.#draw(`${line}\n`);
  }

  /** Leaves the lines as they are and gives the cursor back. */
  end(): void {
    if (this.#drawn > 0) this.#terminal?.write(SHOW_CURSOR);
    this.#drawn = 0;
    this.#shown = [];
  }

  /** Takes the lines away. */
  clear(): void {
    this.show([]);
    this.#terminal?.write(SHOW_CURSOR);
  }

  #draw(above: string): void {
    if (this.#terminal === undefined) return;
    const columns = this.#terminal.columns ?? DEFAULT_COLUMNS;
    const lines = this.#shown.map((line) => cut(line, columns));
    const up = this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A\r`;
    const body = lines.map((line) => `${line}\n`).join('');
    this.#terminal.write(`${HIDE_CURSOR}${up}${CLEAR_BELOW}${above}${body}`);
    this.#drawn = lines.length;
  }
}

/** A line that wraps would break the count of lines to go up; one too long loses its colours too. */
function cut(line: string, columns: number): string {
  const bare = stripVTControlCharacters(line);
  return bare.length <= columns ? line : `${bare.slice(0, columns - 1)}…`;
}
