/** Owns the check that exports make one chain: a full export, then windows, each from the end of the one before. */
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { ExportWindow } from '../core/export-window.js';
import type { Instant } from '../core/instant.js';
import { followsPartOfSecond, WHOLE_SECOND_HINT } from './part-of-second.js';
import type { ExportScope } from './table-exports.js';

/** An export as far as the chain goes. */
export interface ChainExport {
  /** Where it lies, for messages. */
  readonly place: string;
  readonly tableId: string;
  readonly scope: ExportScope;
}

/** The lake's table that the chain continues. */
export interface ChainStart {
  readonly tableId: string;
  /** Exclusive end of what is committed. */
  readonly watermark: Instant;
  /** Of the base, if nothing but the base is there: see `ExportScope`. */
  readonly takenAt?: string;
}

/** What is to be done with an export, when all before it are done. */
export interface ChainStep<E> {
  readonly source: E;
  /** `already-committed`: the lake has it, or will by then; nothing to do. */
  readonly action: 'commit' | 'already-committed';
}

/** A chain without end of problems helps nobody. */
const TOLD_PROBLEMS = 10;

/**
 * The steps in order of time, whatever the order of `exports`. What the lake has up to its watermark
 * counts as committed; a full export later than what is before it is a new base.
 *
 * TableReplaced when an export is of another table id than `lake` or the others, BrokenContinuity
 * when there is no full export to begin with, when it was taken within a second and windows follow,
 * or when a window is missing or overlaps another.
 */
export function planChain<E extends ChainExport>(
  exports: readonly E[],
  tableName: string,
  lake: ChainStart | undefined,
): readonly ChainStep<E>[] {
  checkTableIds(exports, tableName, lake);
  const inOrder = [...exports].sort(
    (a, b) => compare(startOf(a), startOf(b)) || compare(rankOf(a), rankOf(b)),
  );
  const chain = new ChainEnd(tableName, lake);
  const steps = inOrder.map((source) => ({ source, action: chain.append(source) }));
  chain.check();
  return steps;
}

/** Where the chain has got to, and what was wrong with it. */
class ChainEnd {
  readonly #tableName: string;
  readonly #committed: Instant | undefined;
  readonly #given = new Set<string>();
  readonly #problems: string[] = [];
  #hint = '';
  #watermark: Instant | undefined;
  #takenAt: string | undefined;
  #last: string;

  constructor(tableName: string, lake: ChainStart | undefined) {
    this.#tableName = tableName;
    this.#committed = lake?.watermark;
    this.#watermark = lake?.watermark;
    this.#takenAt = lake?.takenAt;
    this.#last = `the lake's ${tableName}`;
  }

  append({ scope, place }: ChainExport): ChainStep<unknown>['action'] {
    const text = scopeText(scope);
    // Two exports of the same scope hold the same.
    if (this.#given.has(text)) return 'already-committed';
    this.#given.add(text);
    if (scope.kind === 'full') {
      if (this.#watermark !== undefined && scope.exportTime <= this.#watermark) {
        return 'already-committed';
      }
      this.#moveTo(scope.exportTime, place);
      this.#takenAt = scope.takenAt;
      return 'commit';
    }
    const { from, to } = scope.window;
    if (this.#committed !== undefined && to <= this.#committed) return 'already-committed';
    if (this.#watermark === undefined) {
      this.#complain(
        `The window ${text} (${place}) has no full export to follow.`,
        `Give the full export of ${from} as well, or leave out the windows before the one you have.`,
      );
    } else if (from > this.#watermark) {
      this.#complainOfGap({ from: this.#watermark, to: from }, place);
    } else if (from < this.#watermark) {
      this.#complain(
        `The window ${text} (${place}) overlaps what is there up to ${this.#watermark} (${this.#last}).`,
        'Leave out one of the two.',
      );
    } else if (this.#takenAt !== undefined) {
      this.#complain(
        followsPartOfSecond(`window ${text} (${place})`, this.#takenAt),
        WHOLE_SECOND_HINT,
      );
    }
    this.#takenAt = undefined;
    this.#moveTo(to, place);
    return 'commit';
  }

  check(): void {
    const [first] = this.#problems;
    if (first === undefined) return;
    const more = this.#problems.length - TOLD_PROBLEMS;
    const lines = [
      ...this.#problems.slice(0, TOLD_PROBLEMS),
      ...(more > 0 ? [`And ${more} more of the kind.`] : []),
    ];
    throw new TidemarkError(lines.join('\n'), {
      code: ErrorCode.BrokenContinuity,
      subject: this.#tableName,
      hint: `Nothing was committed. ${this.#hint}`,
    });
  }

  #moveTo(instant: Instant, place: string): void {
    if (this.#watermark !== undefined && instant <= this.#watermark) return;
    this.#watermark = instant;
    this.#last = place;
  }

  #complainOfGap(missing: ExportWindow, next: string): void {
    const { from, to } = missing;
    this.#complain(
      `The window [${from}, ${to}) is missing: ${this.#last} ends where it begins, ${next} begins where it ends.`,
      `Give its export too; while recovery reaches back, \`tidemark export ${this.#tableName} --from ${from} --to ${to}\` takes one.`,
    );
  }

  #complain(problem: string, hint: string): void {
    if (this.#problems.length === 0) this.#hint = hint;
    this.#problems.push(problem);
  }
}

/** `full at 2026-11-24T08:00:00Z`, or `[from, to)` of a window. */
export function scopeText(scope: ExportScope): string {
  if (scope.kind === 'full') return `full at ${scope.exportTime}`;
  return `[${scope.window.from}, ${scope.window.to})`;
}

function checkTableIds(
  exports: readonly ChainExport[],
  tableName: string,
  lake: ChainStart | undefined,
): void {
  const [first] = exports;
  const wanted = lake?.tableId ?? first?.tableId;
  const other = exports.find(({ tableId }) => tableId !== wanted);
  if (wanted === undefined || other === undefined) return;
  const whose = lake === undefined ? (first?.place ?? '') : `the lake's ${tableName}`;
  throw new TidemarkError(
    `${other.place} is an export of table id ${other.tableId}, ${whose} of ${wanted}.`,
    {
      code: ErrorCode.TableReplaced,
      subject: other.place,
      hint: 'Nothing was committed. A table made anew under an old name is another table: load it under another --table.',
    },
  );
}

function startOf({ scope }: ChainExport): Instant {
  return scope.kind === 'full' ? scope.exportTime : scope.window.from;
}

/** A full export before the windows that begin at its time, one of the whole second first. */
function rankOf({ scope }: ChainExport): string {
  return scope.kind === 'full' ? (scope.takenAt ?? '') : scope.window.to;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
