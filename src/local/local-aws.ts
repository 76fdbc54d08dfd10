/** Owns the local AWS: DynamoDB with its exports and S3, in this process and on the loopback. */
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../connectors/s3/s3-object-store.js';
import { startLocalDynamoDb } from './dynamodb/local-dynamodb.js';
import type { Clock } from './clock.js';
import type { Faults } from './s3/faults.js';
import { startLocalS3 } from './s3/start-local-s3.js';
import type { ServiceProfile } from './service-profile.js';

export interface LocalAwsOptions {
  /** Where tables and buckets live; made when it is not there. One process at a time. */
  readonly directory: string;
  /** 0 takes any free port. */
  readonly dynamodbPort: number;
  /** 0 takes any free port. */
  readonly s3Port: number;
  /** How fast exports go; AWS's own pace by default. */
  readonly profile?: ServiceProfile;
  /** The machine's by default. */
  readonly clock?: Clock;
  /** us-east-1 by default; a table's ARN names the Region of the request that made it. */
  readonly region?: string;
  /** How long a table stays CREATING, UPDATING or DELETING; 500 by default. */
  readonly tableTransitionMs?: number;
  /** Faults of S3, for tests. */
  readonly s3Faults?: Faults;
}

export interface LocalAws {
  readonly dynamodbUrl: string;
  readonly s3Url: string;
  readonly region: string;
  /** Makes the bucket unless it is there. */
  createBucket(name: string): void;
  /** Does now what timers do now and then, such as ending due exports; for virtual clocks. */
  runDueWork(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts both services. Any credentials will do: whoever reaches the loopback may do everything.
 * Throws PortTaken when another process holds a port, InvalidConfig when one holds the directory.
 */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const { directory, region = 'us-east-1', s3Faults } = options;
  const s3 = await startLocalS3({
    directory: join(directory, 's3'),
    port: options.s3Port,
    ...(s3Faults === undefined ? {} : { faults: s3Faults }),
  });
  const client = new S3Client({
    endpoint: s3.url,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const stopS3 = async (): Promise<void> => {
    client.destroy();
    await s3.close();
  };
  try {
    const dynamodb = await startLocalDynamoDb({
      ...options,
      port: options.dynamodbPort,
      openBucket: (bucket) => createS3ObjectStore({ client, bucket }),
    });
    return {
      dynamodbUrl: dynamodb.url,
      s3Url: s3.url,
      region,
      createBucket: (name) => {
        s3.createBucket(name);
      },
      runDueWork: () => dynamodb.runDueWork(),
      close: async () => {
        // DynamoDB first: its exports write to S3 until the end.
        await dynamodb.close();
        await stopS3();
      },
    };
  } catch (thrown) {
    await stopS3();
    throw thrown;
  }
}
