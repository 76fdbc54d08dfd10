/** Owns the local DynamoDB: one LevelDB directory behind one HTTP port on the loopback. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ErrorCode, messageOf, TidemarkError } from '../../core/errors.js';
import { systemClock, type Clock } from '../clock.js';
import { ExportService } from '../exports/export-service.js';
import type { OpenBucket } from '../exports/ports.js';
import { AWS_PROFILE, type ServiceProfile } from '../service-profile.js';
import { BackgroundWork } from './background-work.js';
import { recoverChanges } from './change-store.js';
import type { DynamoDbFaults } from './dynamodb-faults.js';
import { storedChangeLog, storedRegistry } from './dynamodb-state.js';
import { openStore, type Store } from './dynalite-engine.js';
import { createHttpFront } from './http-front.js';
import { closeServer, listenOnLoopback } from './loopback-server.js';
import { createDispatch } from './operations.js';
import { recoverTables } from './table-lifecycle.js';
import { Transactions } from './transactions.js';
import { WritePath } from './write-path.js';
import { WriteStamps } from './write-stamps.js';

export interface LocalDynamoDbOptions {
  /** Where the data lives; made when it is not there. One process at a time. */
  readonly directory: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly openBucket: OpenBucket;
  readonly clock?: Clock;
  readonly profile?: ServiceProfile;
  /** Names the ARNs of tables whose request names no Region. */
  readonly region?: string;
  /** How long a table stays CREATING, UPDATING or DELETING. */
  readonly tableTransitionMs?: number;
  /** For tests. */
  readonly faults?: DynamoDbFaults;
  /** Told of what goes wrong in the background; nobody else would hear of it. */
  readonly onBackgroundError?: (error: unknown) => void;
}

export interface LocalDynamoDb {
  readonly url: string;
  readonly port: number;
  /** Does now what timers do now and then: ends due exports, sweeps, trims; for virtual clocks. */
  runDueWork(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts it. A write that was answered survives `kill -9`; an export in progress goes on after a
 * restart. Throws PortTaken, or InvalidConfig when another process uses the directory.
 */
export async function startLocalDynamoDb(options: LocalDynamoDbOptions): Promise<LocalDynamoDb> {
  const { clock = systemClock(), profile = AWS_PROFILE, region = 'us-east-1' } = options;
  const { onBackgroundError = warn, faults = {} } = options;
  const store = await openDirectory(options.directory, options.tableTransitionMs ?? 500);
  try {
    const stamps = new WriteStamps(
      clock,
      await recoverChanges(store.db, await recoverTables(store)),
    );
    const path = new WritePath(store, stamps);
    const exports = await ExportService.open({
      changeLog: storedChangeLog(store, stamps),
      registry: storedRegistry(store.db),
      openBucket: options.openBucket,
      clock,
      profile,
      accountId: store.tableDb.awsAccountId,
      failExport: faults.failExport,
    });
    const transactions = new Transactions(path, clock);
    const dispatch = createDispatch({
      path,
      transactions,
      exports,
      clock,
      profile,
      region,
      faults,
    });
    const server = createHttpFront(dispatch);
    const port = await listenOnLoopback(server, options.port, 'DynamoDB');
    const work = new BackgroundWork({ path, exports, clock, profile }, onBackgroundError);
    return {
      url: `http://127.0.0.1:${port}`,
      port,
      runDueWork: () => work.runDue(),
      close: async () => {
        await closeServer(server);
        await work.stop();
        await store.db.close();
      },
    };
  } catch (thrown) {
    await store.db.close();
    throw thrown;
  }
}

function warn(error: unknown): void {
  process.emitWarning(`Local DynamoDB: ${messageOf(error)}`);
}

async function openDirectory(directory: string, tableTransitionMs: number): Promise<Store> {
  const path = join(directory, 'dynamodb');
  await mkdir(path, { recursive: true });
  try {
    return await openStore(path, tableTransitionMs);
  } catch (thrown) {
    throw new TidemarkError(`The local DynamoDB's data in ${path} cannot be opened.`, {
      code: ErrorCode.InvalidConfig,
      subject: path,
      hint: 'Stop the other process that uses this directory, or choose another directory.',
      cause: thrown,
    });
  }
}
