/** Owns a stand-in for a stream that text is written to. */
import type { TextStream } from '../../src/cli/output.js';

/** Keeps what is written; a terminal with colours when told to be one. */
export class TextSink implements TextStream {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number;

  constructor(isTTY = false, columns = 80) {
    this.isTTY = isTTY;
    this.columns = columns;
  }

  write(text: string): void {
    this.text += text;
  }

  hasColors(): boolean {
    return this.isTTY;
  }
}
