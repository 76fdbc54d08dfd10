/** Owns the clients of AWS: where they go, as AWS's own environment says, and what they are. */
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import type { ActivityPorts } from '../../activities/table/activity-ports.js';
import { isAwsEndpoint } from '../config/aws-endpoint.js';
import type { AwsPlace } from '../config/sync-input-of.js';
import type { TidemarkConfig } from '../config/tidemark-config.js';
import { createDynamoDbTableExports } from '../connectors/dynamodb/dynamodb-table-exports.js';
import { createS3ObjectStore } from '../connectors/s3/s3-object-store.js';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { instantOfMillis } from '../core/instant.js';
import type { ObjectStore } from '../core/object-store.js';
import type { TableExports } from '../export/table-exports.js';

/** AWS, or what stands in for it. */
export interface AwsAccess extends AwsPlace {
  readonly s3Endpoint: URL;
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly tableExports: TableExports;
  bucket(name: string): ObjectStore;
  close(): void;
}

/** How long nothing may come of a request before it fails, and may be tried again. */
export interface ClientTimeouts {
  readonly connectionTimeoutMs: number;
  /** Silence, at any point until the whole answer is here. */
  readonly silenceTimeoutMs: number;
}

const TIMEOUTS: ClientTimeouts = { connectionTimeoutMs: 5_000, silenceTimeoutMs: 60_000 };

/** InvalidConfig when no Region is set anywhere. Sends nothing. */
export async function openAws(
  config: TidemarkConfig,
  timeouts: ClientTimeouts = TIMEOUTS,
): Promise<AwsAccess> {
  const region = await regionOf(config);
  const [endpoint, s3Endpoint] = await Promise.all([
    dynamodbEndpoint(region),
    s3EndpointOf(region),
  ]);
  return accessIn({ region, endpoint, s3Endpoint }, timeouts);
}

type Place = Pick<AwsAccess, 'region' | 'endpoint' | 's3Endpoint'>;

function accessIn(place: Place, timeouts: ClientTimeouts): AwsAccess {
  const { region, s3Endpoint } = place;
  const requestHandler = {
    connectionTimeout: timeouts.connectionTimeoutMs,
    // Not `requestTimeout`: it ends when the headers of the answer come, and would cut off slow uploads.
    socketTimeout: timeouts.silenceTimeoutMs,
  };
  const dynamodb = new DynamoDBClient({ region, requestHandler });
  // Stand-ins for S3 have no wildcard DNS, so their buckets are found by path.
  const forcePathStyle = !isAwsEndpoint(s3Endpoint);
  const s3 = new S3Client({ region, forcePathStyle, requestHandler });
  return {
    ...place,
    dynamodb,
    s3,
    tableExports: createDynamoDbTableExports({ client: dynamodb }),
    bucket: (name) => createS3ObjectStore({ client: s3, bucket: name }),
    close: () => {
      dynamodb.destroy();
      s3.destroy();
    },
  };
}

/** What a worker's activities reach AWS by, whatever Regions their tables are in. */
export async function openActivityPorts(config: TidemarkConfig): Promise<{
  readonly ports: ActivityPorts;
  close(): void;
}> {
  const home = await openAws(config);
  const clients = new Map([[home.region, home]]);
  // Where requests go is decided once: a stand-in stands in for every Region.
  const inRegion = (region: string): AwsAccess => {
    const known = clients.get(region);
    if (known !== undefined) return known;
    const { endpoint, s3Endpoint } = home;
    const access = accessIn({ region, endpoint, s3Endpoint }, TIMEOUTS);
    clients.set(region, access);
    return access;
  };
  return {
    ports: {
      tableExports: (region) => inRegion(region).tableExports,
      objectStore: (region, bucket) => inRegion(region).bucket(bucket),
      now: () => instantOfMillis(Date.now()),
    },
    close: () => {
      for (const access of clients.values()) access.close();
    },
  };
}

async function regionOf(config: TidemarkConfig): Promise<string> {
  if (config.region !== undefined) return config.region;
  const client = new DynamoDBClient({});
  try {
    return await client.config.region();
  } catch (cause) {
    throw new TidemarkError('No AWS Region is configured.', {
      code: ErrorCode.InvalidConfig,
      subject: 'region',
      hint: 'Set AWS_REGION, a Region in your AWS profile, or region in tidemark.config.ts.',
      cause,
    });
  } finally {
    client.destroy();
  }
}

/** Where a request would go, with all that environment and profiles say; nothing is sent. */
interface ResolvedRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
}

function urlOf({ protocol, hostname, port }: ResolvedRequest): URL {
  return new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`);
}

class RequestCaught extends Error {
  readonly url: URL;
  constructor(url: URL) {
    super('the request was caught before it was sent');
    this.url = url;
  }
}

/** A middleware of the SDK's `build` step: the endpoint is known, nothing is signed yet. */
function catchRequest(): (args: { request: unknown }) => never {
  return ({ request }) => {
    throw new RequestCaught(urlOf(request as ResolvedRequest));
  };
}

async function caughtUrl(sending: Promise<unknown>): Promise<URL> {
  try {
    await sending;
  } catch (error) {
    if (error instanceof RequestCaught) return error.url;
    throw error;
  }
  throw new RequestCaught(new URL('about:blank'));
}

// Finding out where requests go must work, and be quick, where there are no credentials yet.
const NO_CREDENTIALS = { accessKeyId: 'none', secretAccessKey: 'none' };

async function dynamodbEndpoint(region: string): Promise<URL> {
  const client = new DynamoDBClient({ region, credentials: NO_CREDENTIALS });
  client.middlewareStack.add(() => catchRequest(), { step: 'build', priority: 'high' });
  return caughtUrl(client.send(new ListTablesCommand({})));
}

async function s3EndpointOf(region: string): Promise<URL> {
  const client = new S3Client({ region, credentials: NO_CREDENTIALS });
  client.middlewareStack.add(() => catchRequest(), { step: 'build', priority: 'high' });
  return caughtUrl(client.send(new ListBucketsCommand({})));
}
