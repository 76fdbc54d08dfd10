/** Owns where everything of a lake table lies. */
import { compactInstant, parseCompactInstant, type Instant } from '../core/instant.js';
import type { ExportScope } from '../export/table-exports.js';
import type { Batch, Load } from './load.js';

/** The name of the object that makes its directory count. */
export const SUCCESS = '_SUCCESS';
const FULL = 'full';
const WINDOW = 'window';
const STAGING = '_staging';

/** The keys of one table, all under `<lakePrefix>/<tableName>/`. */
export interface TableLayout {
  /** Of everything, with a slash at its end; so are all that are called directories. */
  readonly root: string;
  readonly fullDirectory: string;
  readonly windowDirectory: string;
  /** A point known to lie on the chain of commits; may be missing, old or wrong. */
  readonly hint: string;
  /** Of the staging of all loads. */
  readonly stagingDirectory: string;
  /** Where a load's Parquet files and its `_SUCCESS` lie. */
  directoryOf(scope: ExportScope): string;
  /** Where a load's batches leave word for one another; a new export of one window begins anew. */
  stagingOf(load: Load): string;
}

/** The directory of a lake's tables, with a slash at its end unless it is the whole bucket. */
export function lakeRoot(lakePrefix: string): string {
  const trimmed = lakePrefix.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? '' : `${trimmed}/`;
}

/** The layout of `tableName`, a DynamoDB table's name: letters, digits, `_`, `.`, `-`. */
export function tableLayout(lakePrefix: string, tableName: string): TableLayout {
  const root = `${lakeRoot(lakePrefix)}${tableName}/`;
  return {
    root,
    fullDirectory: `${root}${FULL}/`,
    windowDirectory: `${root}${WINDOW}/`,
    hint: `${root}_hint.json`,
    stagingDirectory: `${root}${STAGING}/`,
    directoryOf: (scope) => root + relativeDirectory(scope),
    stagingOf: (load) =>
      `${root}${STAGING}/${relativeDirectory(load.scope).replace('/', '-')}${safeName(load.manifestMd5)}/`,
  };
}

/** Which time the load leads to that left `key` in staging; undefined for what no load left there. */
export function stagedEnd({ stagingDirectory }: TableLayout, key: string): Instant | undefined {
  if (!key.startsWith(stagingDirectory)) return undefined;
  const [, end] = STAGED.exec(key.slice(stagingDirectory.length)) ?? [];
  return end === undefined ? undefined : parseCompactInstant(end);
}

const STAGED = /^(?:full|window-\d{8}T\d{6}Z)-(\d{8}T\d{6}Z)\//;

/** Which batch of how many. */
type BatchPlace = Pick<Batch, 'index' | 'batchCount'>;

/** What a batch saw of its values. */
export function evidenceKey(staging: string, batch: BatchPlace): string {
  return `${staging}${batchName(batch)}.evidence.json`;
}

/** What a batch wrote. */
export function reportKey(staging: string, batch: BatchPlace): string {
  return `${staging}${batchName(batch)}.report.json`;
}

/** What a batch wrote before the types of the whole load were known. */
export function draftKey(staging: string, batch: BatchPlace): string {
  return `${staging}${batchName(batch)}.draft.json`;
}

/** The schema that all batches of the load start from, as the first of them found it. */
export function previousSchemaKey(staging: string): string {
  return `${staging}previous-schema.json`;
}

/**
 * The name of a batch's Parquet file number `index`, from 0. It carries the bytes' MD5, in hex: a repeated attempt
 * writes the same object again, and no late one can write over another's.
 */
export function partName(batch: BatchPlace, index: number, md5Hex: string): string {
  return `part-${padded(batch.index)}-${padded(index)}-${md5Hex.slice(0, 16)}.parquet`;
}

/** A directory of a load, as {@link parseSuccessKey} finds it. */
export type CommittedScope =
  | { readonly kind: 'full'; readonly exportTime: Instant }
  | { readonly kind: 'incremental'; readonly from: Instant; readonly to: Instant };

/** What `key` commits; undefined when it is not a `_SUCCESS` of this table. */
export function parseSuccessKey(layout: TableLayout, key: string): CommittedScope | undefined {
  if (!key.startsWith(layout.root)) return undefined;
  const [kind, name, file, ...more] = key.slice(layout.root.length).split('/');
  if (file !== SUCCESS || name === undefined || more.length > 0) return undefined;
  if (kind === FULL) {
    const exportTime = parseCompactInstant(name);
    return exportTime && { kind: 'full', exportTime };
  }
  const [from, to, ...rest] = name.split('-').map(parseCompactInstant);
  if (kind !== WINDOW || from === undefined || to === undefined || rest.length > 0) {
    return undefined;
  }
  return { kind: 'incremental', from, to };
}

function relativeDirectory(scope: ExportScope): string {
  return scope.kind === 'full'
    ? `${FULL}/${compactInstant(scope.exportTime)}/`
    : `${WINDOW}/${compactInstant(scope.window.from)}-${compactInstant(scope.window.to)}/`;
}

function batchName(batch: BatchPlace): string {
  return `batch-${padded(batch.index)}-of-${padded(batch.batchCount)}`;
}

function padded(index: number): string {
  return String(index).padStart(5, '0');
}

function safeName(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
