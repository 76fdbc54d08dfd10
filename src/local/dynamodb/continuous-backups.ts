/** Owns UpdateContinuousBackups and DescribeContinuousBackups. */
import type { Clock } from '../clock.js';
import type { PitrSettings } from '../exports/ports.js';
import { restorableRange } from '../exports/restorable-range.js';
import {
  constraintError,
  ServiceError,
  tableNotFound,
  validationError,
} from '../exports/service-error.js';
import type { ServiceProfile } from '../service-profile.js';
import { anyTable, type Json, type Store, type TableDescription } from './dynalite-engine.js';
import { readSettings, writeSettings, type TableSettings } from './table-settings.js';

const DEFAULT_RECOVERY_DAYS = 35;

/** What the two operations work with. */
export interface BackupsContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly profile: ServiceProfile;
}

/** Switches recovery on or off; switching it on anew begins a new reach. */
export async function updateContinuousBackups(
  request: Json,
  context: BackupsContext,
): Promise<Json> {
  const { store, clock } = context;
  const specification = request['PointInTimeRecoverySpecification'] as Json | undefined;
  const enabled = specification?.['PointInTimeRecoveryEnabled'];
  if (typeof enabled !== 'boolean') {
    throw constraintError(
      'null',
      'pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled',
      'not be null',
    );
  }
  const days = specification?.['RecoveryPeriodInDays'] as number | undefined;
  if (days !== undefined && (!Number.isInteger(days) || days < 1 || days > 35)) {
    throw validationError('RecoveryPeriodInDays must be a whole number of days from 1 to 35');
  }
  const table = await findTable(store, request);
  if (table.TableStatus === 'CREATING') {
    throw new ServiceError(
      'ContinuousBackupsUnavailableException',
      `Backups are being enabled for the table: ${table.TableName}. Please retry later`,
    );
  }
  const { pitr, ...others } = await readSettings(store.db, table.TableId);
  const wanted: PitrSettings = {
    enabledAtMicros: pitr?.enabledAtMicros ?? clock.nowMicros(),
    recoveryPeriodDays: days ?? pitr?.recoveryPeriodDays ?? DEFAULT_RECOVERY_DAYS,
  };
  const settings: TableSettings = enabled ? { ...others, pitr: wanted } : others;
  await writeSettings(store.db, table.TableId, settings);
  return describe(settings.pitr, context);
}

export async function describeContinuousBackups(
  request: Json,
  context: BackupsContext,
): Promise<Json> {
  const table = await findTable(context.store, request);
  const { pitr } = await readSettings(context.store.db, table.TableId);
  return describe(pitr, context);
}

function describe(
  pitr: PitrSettings | undefined,
  { clock, profile }: Pick<BackupsContext, 'clock' | 'profile'>,
): Json {
  const range = restorableRange(pitr, clock.nowMicros(), profile);
  return {
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription:
        pitr === undefined || range === undefined
          ? { PointInTimeRecoveryStatus: 'DISABLED' }
          : {
              PointInTimeRecoveryStatus: 'ENABLED',
              RecoveryPeriodInDays: pitr.recoveryPeriodDays,
              EarliestRestorableDateTime: Number(range.earliestMicros / 1_000_000n),
              LatestRestorableDateTime: Number(range.latestMicros / 1_000_000n),
            },
    },
  };
}

/** These operations take a name or an ARN, and know a missing table by an error of their own. */
async function findTable(store: Store, request: Json): Promise<TableDescription> {
  const given = request['TableName'];
  if (typeof given !== 'string') throw constraintError('null', 'tableName', 'not be null');
  const name = given.replace(/^arn:[^/]*:table\//, '');
  try {
    return await anyTable(store, name);
  } catch (thrown) {
    throw thrown instanceof ServiceError ? tableNotFound(given) : thrown;
  }
}
