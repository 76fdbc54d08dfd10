/** Owns the way to a Temporal server: settings by Temporal's own conventions, and a client to it. */
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { ErrorCode, messageOf, TidemarkError } from '../core/errors.js';

/** How to reach a server, for clients and workers alike. */
export interface ConnectionSettings {
  /** Address, TLS and API key. */
  readonly connection: NativeConnectionOptions;
  readonly namespace: string;
}

/** What wins over `temporal.toml` and the TEMPORAL_ variables. */
export interface ConnectionOverrides {
  readonly address?: string | undefined;
  readonly namespace?: string | undefined;
}

/** A client, to be closed. */
export interface TemporalAccess {
  readonly client: Client;
  readonly connection: Connection;
  /** `host:port`. */
  readonly address: string;
  readonly namespace: string;
  close(): Promise<void>;
}

const DEFAULT_ADDRESS = 'localhost:7233';
const CONNECT_TIMEOUT = '5 seconds';

/**
 * Settings of the profile in `temporal.toml` (TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE), the TEMPORAL_
 * variables over it (docs.temporal.io/develop/environment-configuration), `overrides` over both.
 */
export function connectionSettings(overrides: ConnectionOverrides = {}): ConnectionSettings {
  const loaded = loadProfile();
  const address = overrides.address ?? loaded.connectionOptions.address ?? DEFAULT_ADDRESS;
  return {
    connection: { ...loaded.connectionOptions, address },
    namespace: overrides.namespace ?? loaded.namespace ?? 'default',
  };
}

/** Throws Unreachable when no server answers within a few seconds. */
export async function openTemporal(settings: ConnectionSettings): Promise<TemporalAccess> {
  const { namespace } = settings;
  const { address = DEFAULT_ADDRESS, tls, metadata, apiKey } = settings.connection;
  try {
    const connection = await Connection.connect({
      address,
      connectTimeout: CONNECT_TIMEOUT,
      ...(tls === undefined ? {} : { tls }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(apiKey === undefined ? {} : { apiKey }),
    });
    const client = new Client({ connection, namespace });
    return { client, connection, address, namespace, close: () => connection.close() };
  } catch (cause) {
    throw noServerAt(address, cause);
  }
}

/** Nobody answers at `address`, for clients and workers alike. */
export function noServerAt(given: string | undefined, cause: unknown): TidemarkError {
  const address = given ?? DEFAULT_ADDRESS;
  return new TidemarkError(`No Temporal server answers at ${address}.`, {
    code: ErrorCode.Unreachable,
    subject: address,
    retryable: true,
    hint: 'Start one (`tidemark up` brings its own), or name yours in TEMPORAL_ADDRESS or temporal.address.',
    cause,
  });
}

function loadProfile(): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig();
  } catch (cause) {
    throw new TidemarkError(`Temporal's own configuration cannot be used: ${messageOf(cause)}.`, {
      code: ErrorCode.InvalidConfig,
      subject: 'temporal.toml',
      hint: 'Check temporal.toml, TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE and the other TEMPORAL_ variables.',
      cause,
    });
  }
}
