/** Owns clients of S3: in which Region and where, as AWS's own environment and profiles say. */
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { isAwsEndpoint } from '../../config/aws-endpoint.js';
import { catchRequest, caughtUrl, NO_CREDENTIALS } from '../../config/catch-request.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';

/** How long nothing may come of a request before it fails, and may be tried again. */
export interface ClientTimeouts {
  readonly connectionTimeoutMs: number;
  /** Silence, at any point until the whole answer is here. */
  readonly silenceTimeoutMs: number;
}

/** What suits a service that is well. */
export const CLIENT_TIMEOUTS: ClientTimeouts = {
  connectionTimeoutMs: 5_000,
  silenceTimeoutMs: 60_000,
};

/** What the SDK's HTTP handler makes of `timeouts`. */
export function requestHandlerOf(timeouts: ClientTimeouts): {
  readonly connectionTimeout: number;
  readonly socketTimeout: number;
} {
  return {
    connectionTimeout: timeouts.connectionTimeoutMs,
    // Not `requestTimeout`: it ends when the headers of the answer come, and would cut off slow uploads.
    socketTimeout: timeouts.silenceTimeoutMs,
  };
}

/** A client for requests that go to `endpoint`, as {@link s3EndpointOf} says; the caller closes it. */
export function createS3Client(
  region: string,
  endpoint: URL,
  timeouts: ClientTimeouts = CLIENT_TIMEOUTS,
): S3Client {
  // Stand-ins for S3 have no wildcard DNS, so their buckets are found by path.
  const forcePathStyle = !isAwsEndpoint(endpoint);
  return new S3Client({ region, forcePathStyle, requestHandler: requestHandlerOf(timeouts) });
}

/** Where S3's requests go. */
export async function s3EndpointOf(region: string): Promise<URL> {
  const client = new S3Client({ region, credentials: NO_CREDENTIALS });
  client.middlewareStack.add(() => catchRequest(), { step: 'build', priority: 'high' });
  return caughtUrl(client.send(new ListBucketsCommand({})));
}

/** `configured`, or else the Region of AWS's environment; InvalidConfig when none is set anywhere. */
export async function regionOf(configured: string | undefined): Promise<string> {
  if (configured !== undefined) return configured;
  const client = new S3Client({});
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
