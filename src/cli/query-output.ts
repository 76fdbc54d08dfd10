/** Owns how a query's rows are written: as a table, as JSON, as CSV. */
import type { QueryResult } from '../processing/lake-query.js';
import { textTable } from './text-table.js';

type Value = QueryResult['rows'][number][number];

const INTEGER = /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/;
const NUMBER = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\(.*\)|FLOAT|DOUBLE)$/;

/** Lines for people: numbers to the right, NULL shown, line breaks within a value made visible. */
export function tableLines({ columns, rows }: QueryResult): string[] {
  return textTable(
    columns.map(({ name, type }) => ({ name, align: NUMBER.test(type) ? 'right' : 'left' })),
    rows.map((row) => row.map((value) => oneLine(value === null ? 'NULL' : textOf(value)))),
  );
}

/** An array of objects by column; whole numbers are numbers where a double holds them exactly. */
export function jsonRows({
  columns,
  rows,
}: QueryResult): readonly Readonly<Record<string, Value>>[] {
  return rows.map((row) =>
    Object.fromEntries(
      columns.map(({ name, type }, index) => [name, numberOf(row[index] ?? null, type)]),
    ),
  );
}

/** Lines of CSV (RFC 4180), headings first; NULL is an empty field, empty text is `""`. */
export function csvLines({ columns, rows }: QueryResult): string[] {
  const lineOf = (cells: readonly string[]): string => cells.join(',');
  return [
    lineOf(columns.map(({ name }) => csvField(name))),
    ...rows.map((row) =>
      lineOf(row.map((value) => (value === null ? '' : csvField(textOf(value))))),
    ),
  ];
}

function csvField(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function textOf(value: Value): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function oneLine(text: string): string {
  return text.replaceAll(/[\n\r\t]/g, (character) => JSON.stringify(character).slice(1, -1));
}

function numberOf(value: Value, type: string): Value {
  if (typeof value !== 'string' || !INTEGER.test(type)) return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
