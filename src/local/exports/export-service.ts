/** Owns DynamoDB's table exports: their requests, their progress, their ends. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { ServiceProfile } from '../service-profile.js';
import { markStarted, outcomeOf, type FailExport } from './export-outcome.js';
import {
  describeRecord,
  isInProgress,
  type ExportOrder,
  type ExportRecord,
} from './export-record.js';
import { readExportRequest, resolveScope, type ExportRequestShape } from './export-request.js';
import type { ChangeLog, ExportRegistry, OpenBucket } from './ports.js';
import { constraintError, ServiceError, tableNotFound, validationError } from './service-error.js';

/** What the export service works with. */
export interface ExportServiceOptions {
  readonly changeLog: ChangeLog;
  readonly registry: ExportRegistry;
  readonly openBucket: OpenBucket;
  readonly clock: Clock;
  readonly profile: ServiceProfile;
  /** The account that owns the tables and the buckets: twelve digits. */
  readonly accountId: string;
  /** Why an export ends FAILED, for tests; undefined where it does not. */
  readonly failExport?: FailExport | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** AWS's three export operations on parsed JSON, and what keeps exports going. */
export class ExportService {
  readonly #options: ExportServiceOptions;
  /** Oldest first. */
  readonly #records = new Map<string, ExportRecord>();
  readonly #writing = new Map<string, Promise<void>>();

  private constructor(options: ExportServiceOptions) {
    this.#options = options;
  }

  /** Loads what the registry remembers; an export that was in progress goes on. */
  static async open(options: ExportServiceOptions): Promise<ExportService> {
    const service = new ExportService(options);
    const remembered = await options.registry.load();
    for (const record of remembered) service.#records.set(record.exportArn, record);
    return service;
  }

  async exportTableToPointInTime(request: Json): Promise<Json> {
    const record = await this.#begin(readExportRequest(request));
    return this.#describe(record);
  }

  /** Waits for the files of an export whose time has come. */
  async describeExport(request: Json): Promise<Json> {
    const exportArn = readExportArn(request);
    const record = this.#records.get(exportArn);
    if (record === undefined) {
      throw new ServiceError('ExportNotFoundException', `Export not found: ${exportArn}`);
    }
    return this.#describe(await this.#finishIfDue(record));
  }

  /** Newest first; none of a table that is gone, even when another has its name. */
  async listExports(request: Json): Promise<Json> {
    const { tableArn, maxResults, nextToken } = readListRequest(request);
    const asked = [...this.#records.values()].filter(
      (record) => tableArn === undefined || record.order.tableArn === tableArn,
    );
    const living = await this.#livingTableIds(asked);
    const listed: ExportRecord[] = [];
    for (const record of asked.reverse()) {
      if (living.has(record.tableId)) listed.push(await this.#finishIfDue(record));
    }
    const from = nextToken === undefined ? 0 : positionAfter(listed, nextToken);
    const page = listed.slice(from, from + maxResults);
    return {
      ExportSummaries: page.map((record) => summaryOf(record, this.#now())),
      ...(from + maxResults < listed.length ? { NextToken: page.at(-1)?.exportArn } : {}),
    };
  }

  /** Ends every export whose time has come; call it now and then. */
  async advance(): Promise<void> {
    const unfinished = [...this.#records.values()].filter(({ outcome }) => outcome === undefined);
    const rounds = unfinished.map((record) => this.#finishIfDue(record));
    // One that cannot be written must not hold up the others.
    await Promise.allSettled(rounds);
    await Promise.all(rounds);
  }

  /** Writes the files of a table's exports now, because its change log is about to go. */
  async finishReading(tableId: string): Promise<void> {
    for (const record of [...this.#records.values()]) {
      if (record.tableId !== tableId) continue;
      await this.#finish(record);
      if (this.#records.get(record.exportArn)?.outcome !== undefined) continue;
      throw new ServiceError(
        'ResourceInUseException',
        `Export ${record.exportArn} is in progress and its bucket cannot be reached`,
      );
    }
  }

  async #begin(shape: ExportRequestShape): Promise<ExportRecord> {
    const { changeLog, profile, registry, openBucket } = this.#options;
    if (shape.accountId !== this.#options.accountId) {
      throw new ServiceError('AccessDeniedException', 'Access is denied');
    }
    const table = await changeLog.findTable(shape.tableName);
    // The ARN names a Region too: a table of another one is not found.
    if (table?.tableArn !== shape.tableArn) throw tableNotFound(shape.tableArn);
    // From here to the record's entry nothing is awaited: two equal requests meet on one export.
    const fingerprint = fingerprintOf(shape);
    const replayed = this.#replayOf(shape.clientToken, fingerprint);
    if (replayed !== undefined) return replayed;
    const startMicros = this.#now();
    const scope = resolveScope(shape.times, table, startMicros, profile);
    this.#checkQuota(startMicros);
    const record: ExportRecord = {
      exportArn: `${table.tableArn}/export/${newExportId(startMicros)}`,
      order: orderOf(shape, scope),
      fingerprint,
      clientToken: shape.clientToken ?? randomUUID(),
      tableId: table.tableId,
      keyAttributes: table.keyAttributes,
      startMicros,
      endMicros: startMicros + BigInt(profile.exportSeconds) * 1_000_000n,
      outcome: undefined,
    };
    this.#records.set(record.exportArn, record);
    await registry.save(record);
    markStarted(record, openBucket);
    return record;
  }

  /** The export an equal token stands for, however it ended; undefined for a new token. */
  #replayOf(clientToken: string | undefined, fingerprint: string): ExportRecord | undefined {
    const lifeMicros = BigInt(this.#options.profile.exportTokenSeconds) * 1_000_000n;
    const oldest = this.#now() - lifeMicros;
    const known = [...this.#records.values()].findLast(
      (record) => record.clientToken === clientToken && record.startMicros > oldest,
    );
    if (known !== undefined && known.fingerprint !== fingerprint) {
      throw new ServiceError(
        'ExportConflictException',
        'Export conflict: Duplicate request detected with conflicting parameters',
      );
    }
    return known;
  }

  #checkQuota(nowMicros: bigint): void {
    const running = [...this.#records.values()].filter(({ endMicros }) => nowMicros < endMicros);
    const { exportsAtOnce } = this.#options.profile;
    if (running.length < exportsAtOnce) return;
    throw new ServiceError(
      'LimitExceededException',
      `Subscriber limit exceeded: only ${exportsAtOnce} exports can be in progress at once`,
    );
  }

  async #finishIfDue(record: ExportRecord): Promise<ExportRecord> {
    if (record.outcome === undefined && this.#now() >= record.endMicros) await this.#finish(record);
    return this.#records.get(record.exportArn) ?? record;
  }

  /** Writes an export's files once, however many ask for it. */
  #finish(record: ExportRecord): Promise<void> {
    if (this.#records.get(record.exportArn)?.outcome !== undefined) return Promise.resolve();
    const running = this.#writing.get(record.exportArn);
    if (running !== undefined) return running;
    const started = this.#write(record).finally(() => this.#writing.delete(record.exportArn));
    this.#writing.set(record.exportArn, started);
    return started;
  }

  async #write(record: ExportRecord): Promise<void> {
    const outcome = await outcomeOf(record, this.#options);
    if (outcome === undefined) return;
    const ended: ExportRecord = { ...record, outcome };
    await this.#options.registry.save(ended);
    this.#records.set(record.exportArn, ended);
  }

  async #livingTableIds(records: readonly ExportRecord[]): Promise<ReadonlySet<string>> {
    const names = new Set(records.map(({ order }) => order.tableArn.replace(/^.*:table\//, '')));
    const living = new Set<string>();
    for (const name of names) {
      const table = await this.#options.changeLog.findTable(name);
      if (table !== undefined) living.add(table.tableId);
    }
    return living;
  }

  #describe(record: ExportRecord): Json {
    return { ExportDescription: describeRecord(record, this.#now()) };
  }

  #now(): bigint {
    return this.#options.clock.nowMicros();
  }
}

function orderOf(shape: ExportRequestShape, scope: ExportOrder['scope']): ExportOrder {
  const { tableArn, bucket, bucketOwner, prefix, sseAlgorithm, sseKmsKeyId } = shape;
  return { tableArn, bucket, bucketOwner, prefix, sseAlgorithm, sseKmsKeyId, scope };
}

function fingerprintOf(shape: ExportRequestShape): string {
  const parameters = { ...shape, clientToken: undefined };
  return createHash('sha256').update(JSON.stringify(parameters)).digest('hex');
}

/** `<14 digits>-<8 hex>`: milliseconds since 1970, and chance. */
function newExportId(startMicros: bigint): string {
  const epochMs = (startMicros / 1000n).toString().padStart(14, '0');
  return `${epochMs}-${randomBytes(4).toString('hex')}`;
}

function readExportArn(request: Json): string {
  const arn = request['ExportArn'];
  if (typeof arn !== 'string' || !/^arn:[^/]+:table\/[^/]+\/export\/[^/]+$/.test(arn)) {
    throw validationError('Invalid Export ARN');
  }
  return arn;
}

function readListRequest(request: Json): {
  tableArn: string | undefined;
  maxResults: number;
  nextToken: string | undefined;
} {
  const maxResults = (request['MaxResults'] as number | undefined) ?? 25;
  if (maxResults < 1 || maxResults > 25) {
    const bound = maxResults < 1 ? 'greater than or equal to 1' : 'less than or equal to 25';
    throw constraintError(String(maxResults), 'maxResults', `have value ${bound}`);
  }
  return {
    tableArn: request['TableArn'] as string | undefined,
    maxResults,
    nextToken: request['NextToken'] as string | undefined,
  };
}

function positionAfter(listed: readonly ExportRecord[], exportArn: string): number {
  const index = listed.findIndex((record) => record.exportArn === exportArn);
  if (index === -1) {
    throw validationError(`Invalid Request: Provided nextToken is invalid: ${exportArn}`);
  }
  return index + 1;
}

function summaryOf(record: ExportRecord, nowMicros: bigint): Json {
  const { scope } = record.order;
  return {
    ExportArn: record.exportArn,
    ExportStatus: isInProgress(record, nowMicros) ? 'IN_PROGRESS' : record.outcome?.status,
    ExportType: scope.kind === 'full' ? 'FULL_EXPORT' : 'INCREMENTAL_EXPORT',
  };
}
