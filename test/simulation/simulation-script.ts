/** Owns what a simulation's script says: the settings, the writes, and what happens when. Plain JSON. */
import type { ExportView } from '../../src/export/table-exports.js';
import type { LakeFormat } from '../../src/lake/lake-format.js';
import type { SyncSignal } from '../../src/sync/table-sync-input.js';

/** What a seed draws for the whole of its run. */
export interface SimulationSettings {
  readonly windowSeconds: number;
  /** Where asked for: exports overlap, and are taken ahead of their loads. */
  readonly freshnessSeconds?: number;
  /** Windows widen while the table is quiet. */
  readonly adaptive?: boolean;
  readonly view: ExportView;
  readonly lakeFormat: LakeFormat;
  /** Few bytes make loads of several batches. */
  readonly batchBytes: number;
  /** Each workflow task replays its history from the start, as after a kill. */
  readonly replaysAlways: boolean;
  /** DynamoDB's clock, against Temporal's. */
  readonly serviceSkewSeconds: number;
  /** Whether recovery is on before the sync comes. */
  readonly pitr: boolean;
}

/** The parts of an export that can be damaged; `counts` tell of a row more, with a checksum that fits. */
export const DAMAGES = [
  'manifest',
  'manifest-files',
  'missing-manifest-files',
  'data-file',
  'missing-data-file',
  'counts',
] as const;
/** One of {@link DAMAGES}. */
export type Damage = (typeof DAMAGES)[number];

/** Codes an export may end FAILED with; all but the last two ask for a person. */
export const FAILURE_CODES = [
  'S3NoSuchBucket',
  'S3AccessDenied',
  'KmsNotFoundException',
  'KmsDisabledException',
  'InternalServerError',
  'S3InternalError',
] as const;
/** One of {@link FAILURE_CODES}. */
export type FailureCode = (typeof FAILURE_CODES)[number];

/** What a script makes happen. A trouble that lasts is ended by `mended`, of the same name. */
export type ScriptDeed =
  | { readonly kind: 'signal'; readonly signal: Exclude<SyncSignal, 'stop'> }
  | { readonly kind: 'storm'; readonly signals: readonly Exclude<SyncSignal, 'stop'>[] }
  /** Stopped and, after a while, started again. */
  | { readonly kind: 'stop-and-start'; readonly awaySeconds: number }
  /** The worker dies at its `atCall`th call to AWS; another comes after `downSeconds`. */
  | {
      readonly kind: 'kill';
      readonly atCall: number;
      readonly downSeconds: number;
      /** It was only believed dead, and goes on with what it had in hand. */
      readonly returns: boolean;
    }
  /** The next activities run twice, at the same time. */
  | { readonly kind: 'duplicates'; readonly activities: number }
  /** The next call of the activity is given up at its `atCall`th call to AWS, and completes later. */
  | { readonly kind: 'late'; readonly activity: LateActivity; readonly atCall: number }
  /** Those that were given up go on. */
  | { readonly kind: 'late-return' }
  | { readonly kind: 'throttled'; readonly calls: number }
  | { readonly kind: 'limit-exceeded'; readonly calls: number }
  | { readonly kind: 'lost-answers'; readonly calls: number }
  | { readonly kind: 'damage'; readonly part: Damage }
  | { readonly kind: 'foreign-files' }
  | { readonly kind: 'foreign-export' }
  | { readonly kind: 'pitr-off-and-on' }
  | { readonly kind: 'worker-clock'; readonly skewSeconds: number }
  | { readonly kind: 'export-fails'; readonly code: FailureCode }
  | { readonly kind: Lasting }
  | { readonly kind: 'mended'; readonly trouble: Lasting | 'export-fails' };

/** Every kind of deed; the compiler sees that none is left out. */
export const DEED_KINDS = Object.keys({
  signal: true,
  storm: true,
  'stop-and-start': true,
  kill: true,
  duplicates: true,
  late: true,
  'late-return': true,
  throttled: true,
  'limit-exceeded': true,
  'lost-answers': true,
  damage: true,
  'foreign-files': true,
  'foreign-export': true,
  'pitr-off-and-on': true,
  'worker-clock': true,
  'export-fails': true,
  's3-faults': true,
  'bucket-missing': true,
  'bucket-denied': true,
  'pitr-off': true,
  'table-deleted': true,
  mended: true,
} satisfies Record<ScriptDeed['kind'], true>);

/** Troubles that last until they are mended. */
export const LASTING = [
  's3-faults',
  'bucket-missing',
  'bucket-denied',
  'pitr-off',
  'table-deleted',
] as const;
/** One of {@link LASTING}. */
export type Lasting = (typeof LASTING)[number];

/** Activities that may be believed dead, one by one. */
export const LATE_ACTIVITIES = ['requestExport', 'writeBatch', 'commitLoad'] as const;
/** One of {@link LATE_ACTIVITIES}. */
export type LateActivity = (typeof LATE_ACTIVITIES)[number];

/** A deed and its moment, in seconds from the start. */
export type ScriptEvent = ScriptDeed & { readonly at: number };

/** All that a seed brings. */
export interface SimulationScript {
  readonly seed: number;
  readonly settings: SimulationSettings;
  /** When the table is written to, in microseconds from the start, rising. */
  readonly writes: readonly number[];
  /** In the order of their moments. */
  readonly events: readonly ScriptEvent[];
  /** From the start until all is mended, in seconds. */
  readonly seconds: number;
}
