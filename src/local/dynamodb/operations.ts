/** Owns which operations the local DynamoDB answers, and with what. */
import type { Clock } from '../clock.js';
import type { ExportService } from '../exports/export-service.js';
import { ServiceError } from '../exports/service-error.js';
import type { ServiceProfile } from '../service-profile.js';
import { describeContinuousBackups, updateContinuousBackups } from './continuous-backups.js';
import {
  callOperation,
  ENGINE_OPERATIONS,
  type EngineOperation,
  type Json,
} from './dynalite-engine.js';
import type { DynamoDbFaults } from './dynamodb-faults.js';
import type { Call, Dispatch } from './http-front.js';
import { createTable, deleteTable } from './table-lifecycle.js';
import { describeTimeToLive, updateTimeToLive } from './time-to-live.js';
import type { Transactions } from './transactions.js';
import type { WritePath } from './write-path.js';

/** What the operations work on. */
export interface OperationsContext {
  readonly path: WritePath;
  readonly transactions: Transactions;
  readonly exports: ExportService;
  readonly clock: Clock;
  readonly profile: ServiceProfile;
  /** For requests whose credentials name none. */
  readonly region: string;
  readonly faults: DynamoDbFaults;
}

type Handler = (request: Json, call: Call) => Promise<Json>;

/** dynalite's operations that write items; they run on a view that logs every change. */
const WRITING: ReadonlySet<EngineOperation> = new Set([
  'BatchWriteItem',
  'DeleteItem',
  'PutItem',
  'UpdateItem',
]);

/** The dispatcher over every operation; an unknown one is answered as AWS does. */
export function createDispatch(context: OperationsContext): Dispatch {
  const handlers = new Map<string, Handler>([
    ...engineHandlers(context),
    ...Object.entries(ownHandlers(context)),
  ]);
  return (call) => {
    const refusal = context.faults.refuse?.(call.operation, call.request);
    if (refusal !== undefined) {
      return Promise.reject(new ServiceError(refusal.type, refusal.message));
    }
    const handler = handlers.get(call.operation);
    if (handler === undefined) {
      return Promise.reject(new ServiceError('UnknownOperationException', ''));
    }
    return handler(call.request, call);
  };
}

function engineHandlers({ path }: OperationsContext): [string, Handler][] {
  return ENGINE_OPERATIONS.map((operation) => [
    operation,
    (request) =>
      callOperation(
        operation,
        request,
        WRITING.has(operation) ? path.committingView() : path.store,
      ),
  ]);
}

function ownHandlers(context: OperationsContext): Record<string, Handler> {
  const { path, transactions, exports, clock, region } = context;
  const { store } = path;
  const backups = { ...context, store };
  return {
    CreateTable: (request, call) =>
      createTable(request, { store, clock, region: call.region ?? region }),
    DeleteTable: (request) =>
      deleteTable(request, path, (tableId) => exports.finishReading(tableId)),
    TransactWriteItems: (request) => transactions.write(request),
    TransactGetItems: (request) => transactions.get(request),
    UpdateTimeToLive: (request) => updateTimeToLive(request, store),
    DescribeTimeToLive: (request) => describeTimeToLive(request, store),
    UpdateContinuousBackups: (request) => updateContinuousBackups(request, backups),
    DescribeContinuousBackups: (request) => describeContinuousBackups(request, backups),
    ExportTableToPointInTime: (request) => exports.exportTableToPointInTime(request),
    DescribeExport: (request) => exports.describeExport(request),
    ListExports: (request) => exports.listExports(request),
  };
}
