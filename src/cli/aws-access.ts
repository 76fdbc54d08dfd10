/** Owns the clients of AWS: where they go, as AWS's own environment says, and what they are. */
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ActivityPorts } from '../../activities/table/activity-ports.js';
import { catchRequest, caughtUrl, NO_CREDENTIALS } from '../config/catch-request.js';
import { catalogsByEnvironment } from '../config/catalogs-by-environment.js';
import type { AwsPlace } from '../config/sync-input-of.js';
import type { TidemarkConfig } from '../config/tidemark-config.js';
import { createDynamoDbTableExports } from '../connectors/dynamodb/dynamodb-table-exports.js';
import { paceCalls } from '../connectors/dynamodb/pace-calls.js';
import {
  CLIENT_TIMEOUTS,
  createS3Client,
  regionOf,
  requestHandlerOf,
  s3EndpointOf,
  type ClientTimeouts,
} from '../connectors/s3/s3-client.js';
import { createS3ObjectStore } from '../connectors/s3/s3-object-store.js';
import { createAlertPublisher } from '../connectors/sns/publish-alert.js';
import { alertPoster } from '../connectors/webhook/post-alert.js';
import { instantOfMillis } from '../core/instant.js';
import type { ObjectStore } from '../core/object-store.js';
import type { TableExports } from '../export/table-exports.js';
import { hashKeyOf } from '../processing/hash-value.js';

/** AWS, or what stands in for it. */
export interface AwsAccess extends AwsPlace {
  readonly s3Endpoint: URL;
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly tableExports: TableExports;
  bucket(name: string): ObjectStore;
  close(): void;
}

/** InvalidConfig when no Region is set anywhere. Sends nothing. */
export async function openAws(
  config: TidemarkConfig,
  timeouts: ClientTimeouts = CLIENT_TIMEOUTS,
): Promise<AwsAccess> {
  const region = await regionOf(config.region);
  const [endpoint, s3Endpoint] = await Promise.all([
    dynamodbEndpoint(region),
    s3EndpointOf(region),
  ]);
  return accessIn({ region, endpoint, s3Endpoint }, timeouts);
}

type Place = Pick<AwsAccess, 'region' | 'endpoint' | 's3Endpoint'>;

function accessIn(place: Place, timeouts: ClientTimeouts): AwsAccess {
  const { region, s3Endpoint } = place;
  const dynamodb = new DynamoDBClient({ region, requestHandler: requestHandlerOf(timeouts) });
  paceCalls(dynamodb);
  const s3 = createS3Client(region, s3Endpoint, timeouts);
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
  /** The configured Region. */
  readonly region: string;
  close(): void;
}> {
  const home = await openAws(config);
  const { webhook, sns } = config.alerts ?? {};
  const publisher = sns === undefined ? undefined : createAlertPublisher(sns);
  const clients = new Map([[home.region, home]]);
  // Where requests go is decided once: a stand-in stands in for every Region.
  const inRegion = (region: string): AwsAccess => {
    const known = clients.get(region);
    if (known !== undefined) return known;
    const { endpoint, s3Endpoint } = home;
    const access = accessIn({ region, endpoint, s3Endpoint }, CLIENT_TIMEOUTS);
    clients.set(region, access);
    return access;
  };
  return {
    ports: {
      tableExports: (region) => inRegion(region).tableExports,
      objectStore: (region, bucket) => inRegion(region).bucket(bucket),
      hashKey: hashKeyOf(process.env),
      openCatalog: catalogsByEnvironment(process.env),
      alerted: {
        ...(webhook === undefined ? {} : { webhook: alertPoster(webhook) }),
        ...(publisher === undefined ? {} : { sns: publisher.tell }),
      },
      now: () => instantOfMillis(Date.now()),
    },
    region: home.region,
    close: () => {
      publisher?.close();
      for (const access of clients.values()) access.close();
    },
  };
}

async function dynamodbEndpoint(region: string): Promise<URL> {
  const client = new DynamoDBClient({ region, credentials: NO_CREDENTIALS });
  client.middlewareStack.add(() => catchRequest(), { step: 'build', priority: 'high' });
  return caughtUrl(client.send(new ListTablesCommand({})));
}
