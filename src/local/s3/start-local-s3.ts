/** Owns the local S3 server: it listens, carries requests to their operations and answers them. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { lockDirectory } from '../processes/process-lock.js';
import { BucketRoot } from './bucket-root.js';
import { tornAfter, type Fault, type Faults } from './faults.js';
import type { S3Context, S3Response } from './operation.js';
import { route } from './operations.js';
import { S3Error } from './s3-error.js';
import { readRequest } from './s3-request.js';
import { element, plainDocument } from './xml.js';

const HOST = '127.0.0.1';
/** S3's own: parts but the last are 5 MiB at least (userguide/qfacts.html). */
const MIN_PART_SIZE_BYTES = 5 * 1024 * 1024;
/** Longer than clients keep an idle connection, so that none is closed as a request goes out on it. */
const KEEP_ALIVE_MS = 120_000;

export interface LocalS3Options {
  /** Where buckets lie; made if it is not there. One server at a time may use it. */
  readonly directory: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Faults for tests; none by default. */
  readonly faults?: Faults;
  /** 5 MiB by default, as S3 has it; less lets a test write an object of many small parts. */
  readonly minPartSizeBytes?: number;
}

export interface LocalS3 {
  /** `http://127.0.0.1:<port>`: the endpoint to give to a client, with path-style addressing. */
  readonly url: string;
  readonly port: number;
  /** Makes the bucket unless it is there. */
  createBucket(name: string): void;
  /** Breaks off what is under way, and frees port and folder. */
  close(): Promise<void>;
}

/**
 * Starts an S3 for one machine: loopback only, any credentials. Signatures are not checked, of
 * headers, chunks and presigned URLs alike, and whoever reaches the port may do everything;
 * checksums are all checked.
 *
 * What was answered with success outlives the kill of the process at any moment. It is not flushed
 * to the device: a loss of power may take it.
 *
 * Throws PortTaken when another process holds the port, InvalidUsage when one holds the directory.
 */
export async function startLocalS3(options: LocalS3Options): Promise<LocalS3> {
  // A second server would take the files that the first one is writing for leftovers.
  const lock = await lockDirectory(options.directory);
  try {
    return await serve(options, () => lock.release());
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function serve(options: LocalS3Options, release: () => Promise<void>): Promise<LocalS3> {
  const context: S3Context = {
    buckets: new BucketRoot(options.directory),
    minPartSizeBytes: options.minPartSizeBytes ?? MIN_PART_SIZE_BYTES,
    nowMs: () => Date.now(),
  };
  const underWay = new Set<Promise<void>>();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (message, response) => {
    const answering = answer(message, response, context, options.faults).finally(() => {
      underWay.delete(answering);
    });
    underWay.add(answering);
  });
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${port}`,
    port,
    createBucket: (name) => {
      if (!context.buckets.has(name)) context.buckets.create(name);
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await Promise.all(underWay);
      await release();
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new TidemarkError(`The local S3 cannot listen: port ${port} is taken.`, {
      code: ErrorCode.PortTaken,
      subject: `${HOST}:${port}`,
      hint: 'Stop the process that holds the port, or choose another port.',
      cause: error,
    });
  });
}

/** Never rejects: what goes wrong is told to the client, or ends the connection. */
async function answer(
  message: IncomingMessage,
  response: ServerResponse,
  context: S3Context,
  faults: Faults | undefined,
): Promise<void> {
  const requestId = randomBytes(8).toString('hex').toUpperCase();
  response.setHeader('x-amz-request-id', requestId);
  try {
    const request = readRequest(message);
    const operation = route(request);
    const fault = faults?.({ operation: operation.name, bucket: request.bucket, key: request.key });
    if (fault?.kind === 'reset') {
      message.socket.resetAndDestroy();
      return;
    }
    refuseIfTold(fault);
    if (fault?.kind === 'delay') await delay(fault.delayMs);
    await send(response, await operation.handle(request, context), fault);
  } catch (error) {
    await sendError(message, response, error, requestId).catch(() => response.destroy());
  }
}

function refuseIfTold(fault: Fault | undefined): void {
  if (fault?.kind === 'slowDown') throw new S3Error('SlowDown', 'Please reduce your request rate.');
  if (fault?.kind === 'conflict') {
    throw new S3Error(
      'ConditionalRequestConflict',
      'The conditional request cannot succeed due to a conflicting operation against this resource.',
    );
  }
}

async function send(
  response: ServerResponse,
  { status, headers = {}, body = '' }: S3Response,
  fault?: Fault,
): Promise<void> {
  if (fault?.kind === 'lostResponse') {
    response.socket?.resetAndDestroy();
    if (body instanceof Readable) body.destroy();
    return;
  }
  const bodiless = status === 204 || status === 304;
  const length =
    typeof body === 'string' && !bodiless && headers['content-length'] === undefined
      ? { 'content-length': String(Buffer.byteLength(body)) }
      : {};
  response.writeHead(status, { ...headers, ...length });
  const source = body instanceof Readable ? body : Readable.from(body === '' ? [] : [body]);
  if (fault?.kind === 'tornBody' || fault?.kind === 'stalledBody') {
    response.flushHeaders();
    const torn: Transform = tornAfter(fault.afterBytes, () => {
      if (fault.kind === 'tornBody') response.destroy();
    });
    await pipeline(source, torn, response);
  } else {
    await pipeline(source, response);
  }
}

async function sendError(
  message: IncomingMessage,
  response: ServerResponse,
  thrown: unknown,
  requestId: string,
): Promise<void> {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const error =
    thrown instanceof S3Error
      ? thrown
      : new S3Error('InternalError', `We encountered an internal error: ${String(thrown)}`);
  const document = plainDocument('Error', [
    element('Code', error.code),
    element('Message', error.message),
    element('Resource', message.url?.split('?', 1)[0] ?? ''),
    element('RequestId', requestId),
  ]);
  const headers = { ...error.headers, 'content-type': 'application/xml' };
  await send(response, {
    status: error.status,
    headers: message.method === 'HEAD' ? { ...headers, 'content-length': '0' } : headers,
    body: message.method === 'HEAD' ? '' : document,
  });
}
