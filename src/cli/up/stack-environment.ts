/** Owns all settings of the local stack as environment variables, its pace among them. */
import { resolve } from 'node:path';
import { NO_CONFIG_FILE } from '../../config/config-file.js';
import { fastProfile } from '../../local/service-profile.js';
import { localAwsEnvironment, type StackEnvironment } from '../stack-file.js';

/** Bucket of the demo's exports and lake. */
export const DEMO_BUCKET = 'tidemark-demo';
/** The demo's table. */
export const DEMO_TABLE = 'orders';

/** Where the stack's services are. */
export interface StackAddresses {
  readonly dynamodbUrl: string;
  readonly s3Url: string;
  /** `host:port`. */
  readonly temporalAddress: string;
  readonly webUrl: string;
}

/** For stock tools: AWS's and Temporal's own variables. */
export function stockEnvironment(addresses: StackAddresses): StackEnvironment {
  return { ...localAwsEnvironment(addresses), TEMPORAL_ADDRESS: addresses.temporalAddress };
}

/** For processes of ours: those, and a configuration at the stack's pace. */
export function stackEnvironment(
  addresses: StackAddresses,
  temporalConfigFile: string,
  { secondsPerMinute, dags }: { readonly secondsPerMinute: number; readonly dags?: string },
): StackEnvironment {
  const profile = fastProfile(secondsPerMinute);
  // A look every twentieth of an export's time costs nothing here and shows its end soon.
  const pollSeconds = Math.max(1, Math.round(profile.exportSeconds / 20));
  return {
    ...stockEnvironment(addresses),
    TEMPORAL_CONFIG_FILE: temporalConfigFile,
    TIDEMARK_CONFIG: NO_CONFIG_FILE,
    TIDEMARK_BUCKET: DEMO_BUCKET,
    TIDEMARK_WINDOW: `${profile.minWindowSeconds}s`,
    TIDEMARK_MIN_WINDOW: `${profile.minWindowSeconds}s`,
    TIDEMARK_MAX_WINDOW: `${profile.maxWindowSeconds}s`,
    TIDEMARK_RECOVERY_PERIOD: `${profile.recoveryPeriodSeconds}s`,
    TIDEMARK_POLL_INTERVAL: `${pollSeconds}s`,
    TIDEMARK_TEMPORAL_WEB: addresses.webUrl,
    // Absolute, since commands may be given elsewhere by --state-dir.
    ...(dags === undefined
      ? {}
      : {
          TIDEMARK_DAGS: dags
            .split(',')
            .map((path) => resolve(path))
            .join(','),
        }),
  };
}
