/** Owns how a comparison of table and lake reads. */
import { canonicalText } from '../../lake/canonical-value.js';
import type { AttributeDifference } from '../../lake/item-differences.js';
import type { DifferenceKind } from '../../processing/verify/digest-table.js';
import type { Difference } from '../../processing/verify/compare-with-lake.js';
import { bytesText, countText, plural } from '../format.js';
import type { Output } from '../output.js';
import type { VerifyReport } from './verify-table.js';

/** A report, and the lake's place as people are shown it. */
export interface PlacedReport extends VerifyReport {
  readonly lake: string;
}

const KIND_TEXTS: Readonly<Record<DifferenceKind, string>> = {
  'only-in-table': 'only in the table',
  'only-in-lake': 'only in the lake',
  different: 'with other values',
  repeated: 'more than once in the lake',
};

/** The report for people, and for programs. */
export function tellReport(report: PlacedReport, output: Output): void {
  output.json(report);
  for (const line of reportLines(report, output)) output.line(line);
}

/** The report for people. */
export function reportLines(report: PlacedReport, output: Output): string[] {
  const { tableName, watermark, tableItems, lakeRows, isEqual, counts, differences } = report;
  const billed = `a new full export, billed for ${bytesText(report.billedSizeBytes)}`;
  const mark = isEqual ? output.style('green', '✔ equal') : output.style('red', '✖ NOT equal');
  return [
    `${output.style('bold', tableName)} at ${watermark}`,
    `  table  ${plural(tableItems, 'item')} (${billed})`,
    `  lake   ${plural(lakeRows, 'row')} (${report.lake})`,
    `  ${mark}, compared key by key`,
    ...(isEqual ? [] : [`  ${countsText(counts)}`]),
    ...differences.flatMap((difference) => differenceLines(difference, output)),
    ...moreLines(report),
  ];
}

/** `2 keys with other values, 1 key only in the lake`. */
function countsText(counts: PlacedReport['counts']): string {
  const kinds = Object.keys(KIND_TEXTS) as DifferenceKind[];
  return kinds
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${plural(counts[kind], 'key')} ${KIND_TEXTS[kind]}`)
    .join(', ');
}

function moreLines({ counts, differences }: PlacedReport): string[] {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const left = all - differences.length;
  return left === 0 ? [] : [`  … and ${countText(left)} more; --differences shows up to 1000`];
}

function differenceLines(difference: Difference, output: Output): string[] {
  const { kind, key, attributes = [], rowsInLake } = difference;
  const times = rowsInLake === undefined ? '' : ` (${countText(rowsInLake)} times)`;
  return [
    `  ${output.style('yellow', KIND_TEXTS[kind])}${times}  ${JSON.stringify(key)}`,
    ...attributes.map(attributeLine),
  ];
}

function attributeLine({ attribute, column, table, lake }: AttributeDifference): string {
  const place = column === undefined ? '_rest' : `column ${column}`;
  const text = (value: typeof table): string => (value ? cut(canonicalText(value)) : 'nothing');
  return `    ${attribute} (${place}): ${text(table)} in the table, ${text(lake)} in the lake`;
}

const SHOWN_CHARACTERS = 80;

function cut(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS - 1)}…`;
}
