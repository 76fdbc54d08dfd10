/** Owns what goes where: answers to stdout, everything said along the way to stderr. */
import { styleText } from 'node:util';

/** Names of `util.styleText` that are used here. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** A stream that text is written to; a terminal tells its colours itself. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Knows NO_COLOR, FORCE_COLOR and TERM=dumb. */
  hasColors?(): boolean;
}

/** Where a command writes. */
export class Output {
  readonly isJson: boolean;
  readonly isVerbose: boolean;
  readonly #answers: TextStream;
  readonly #notes: TextStream;

  constructor(
    options: { readonly json: boolean; readonly verbose: boolean },
    streams: { readonly answers: TextStream; readonly notes: TextStream } = {
      answers: process.stdout,
      notes: process.stderr,
    },
  ) {
    this.isJson = options.json;
    this.isVerbose = options.verbose;
    this.#answers = streams.answers;
    this.#notes = streams.notes;
  }

  /** The terminal that answers go to; undefined when they go to a file, a pipe or a program. */
  get terminal(): TextStream | undefined {
    return this.#answers.isTTY === true && !this.isJson ? this.#answers : undefined;
  }

  /** A line of the answer, for people; kept back where JSON was asked for. */
  line(text = ''): void {
    if (!this.isJson) this.#answers.write(`${text}\n`);
  }

  /** The answer for programs, one document a line; kept back unless JSON was asked for. */
  json(value: unknown): void {
    if (this.isJson) this.#answers.write(`${JSON.stringify(value, jsonValue)}\n`);
  }

  /** Text as it is, whatever was asked for. */
  raw(text: string): void {
    this.#answers.write(text);
  }

  /** A line said along the way. */
  note(text: string): void {
    this.#notes.write(`${text}\n`);
  }

  /** `text` in `style` where answers go to a terminal that shows colours. */
  style(style: Style, text: string): string {
    return styled(this.#answers, style, text);
  }

  /** The same for notes. */
  noteStyle(style: Style, text: string): string {
    return styled(this.#notes, style, text);
  }
}

function styled(stream: TextStream, style: Style, text: string): string {
  const isColoured = stream.isTTY === true && stream.hasColors?.() === true;
  return isColoured ? styleText(style, text, { validateStream: false }) : text;
}

/** Whole numbers beyond a double's reach become text: a digit lost would be a lie. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
}
