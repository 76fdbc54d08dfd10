/** Owns the faults a test may ask the local DynamoDB for, to stand in for what a real one does at times. */
import type { ExportOrder } from '../exports/export-record.js';

/** Why a call is refused, in AWS's words. */
export interface Refusal {
  /** AWS's exception name, such as `ThrottlingException`. */
  readonly type: string;
  readonly message: string;
}

/** Why an export ended FAILED, as DescribeExport tells it. */
export interface ExportFailure {
  readonly failureCode: string;
  readonly failureMessage: string;
}

/** What goes wrong. Each is asked every time, and undefined lets it pass. */
export interface DynamoDbFaults {
  /** Asked before each call; what it answers is sent in place of the deed. */
  readonly refuse?: (
    operation: string,
    request: Readonly<Record<string, unknown>>,
  ) => Refusal | undefined;
  /** Asked when an export's time has come, before it writes anything. */
  readonly failExport?: (order: ExportOrder) => ExportFailure | undefined;
}
