/** Owns tables of text: columns aligned by what a terminal shows. */
import { stripVTControlCharacters } from 'node:util';

/** A column's heading, and on which side its cells end. */
export interface TextColumn {
  readonly name: string;
  readonly align?: 'left' | 'right';
}

/** Lines of the table: headings, then rows; two spaces between columns. */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
): string[] {
  const widths = columns.map(({ name }, index) =>
    rows.reduce((width, row) => Math.max(width, shownWidth(row[index] ?? '')), shownWidth(name)),
  );
  const lineOf = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => padded(cells[index] ?? '', widths[index] ?? 0, align ?? 'left'))
      .join('  ')
      .trimEnd();
  return [lineOf(columns.map(({ name }) => name)), ...rows.map(lineOf)];
}

function padded(cell: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - shownWidth(cell)));
  return align === 'left' ? cell + space : space + cell;
}

// A character each, save wide ones; terminals disagree on the rest.
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}]/u;
const UNSEEN = /\p{Mark}/u;

/** Columns that a terminal gives `text`. */
function shownWidth(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) {
    width += UNSEEN.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  }
  return width;
}
