/** Owns DynamoDB's wire: JSON over HTTP POST, an operation named in a header, errors as AWS's. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import { messageOf } from '../../core/errors.js';
import { ServiceError, validationError } from '../exports/service-error.js';
import type { Json } from './dynalite-engine.js';

/** One call as it came in. */
export interface Call {
  readonly operation: string;
  readonly request: Json;
  /** Of the request's credential scope; undefined for a request that names none. */
  readonly region: string | undefined;
}

/** Answers a call, or throws a {@link ServiceError}. */
export type Dispatch = (call: Call) => Promise<Json>;

const MAX_REQUEST_BYTES = 16 * 1024 * 1024;
/** Longer than clients keep an idle connection, so that none is closed as a request goes out on it. */
const KEEP_ALIVE_MS = 120_000;
const TARGET = /^DynamoDB_\d{8}\.(\w+)$/;
const CREDENTIAL_SCOPE = /Credential=[^/,\s]+\/\d+\/([\w-]+)\/dynamodb\//;

/** A server that is not listening yet. */
export function createHttpFront(dispatch: Dispatch): Server {
  return createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    answer(request, dispatch).then(
      (reply) => {
        send(response, reply);
      },
      () => {
        // The connection broke while the request was read: there is nobody to answer.
        response.destroy();
      },
    );
  });
}

interface Reply {
  readonly status: number;
  readonly body: Json;
}

async function answer(request: IncomingMessage, dispatch: Dispatch): Promise<Reply> {
  if (request.method === 'GET') return { status: 200, body: { healthy: 'dynamodb' } };
  const body = await readBody(request);
  try {
    if (body === undefined) throw new ServiceError('RequestEntityTooLargeException', '');
    return { status: 200, body: await dispatch(readCall(request, body)) };
  } catch (thrown) {
    return errorReply(thrown);
  }
}

function readCall({ headers }: IncomingMessage, body: string): Call {
  const operation = TARGET.exec(String(headers['x-amz-target']))?.[1];
  if (operation === undefined) throw new ServiceError('UnknownOperationException', '');
  if (body.includes('"__proto__"')) refuseProto(parseObject(body));
  const { authorization } = headers;
  if (authorization === undefined) {
    throw new ServiceError(
      'MissingAuthenticationTokenException',
      'Request is missing Authentication Token',
    );
  }
  return {
    operation,
    request: parseObject(body),
    region: CREDENTIAL_SCOPE.exec(authorization)?.[1],
  };
}

/**
 * The engine below cannot hold an attribute of this one name and would drop it without a word. As a
 * key it shows itself, in expressions as a value of ExpressionAttributeNames.
 */
function refuseProto(value: unknown, isNames = false): void {
  if (value === '__proto__' && isNames) {
    throw validationError('An attribute named __proto__ cannot be kept by the local DynamoDB');
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    refuseProto(name, name === '__proto__');
    refuseProto(member, isNames || name === 'ExpressionAttributeNames');
  }
}

function parseObject(body: string): Json {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      return parsed as Json;
    }
  } catch {
    // Told below, together with JSON that is no object.
  }
  throw new ServiceError('SerializationException', 'The request body is not a JSON object');
}

/** Undefined when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= MAX_REQUEST_BYTES) chunks.push(chunk);
  }
  return sizeBytes > MAX_REQUEST_BYTES ? undefined : Buffer.concat(chunks).toString('utf8');
}

function errorReply(thrown: unknown): Reply {
  if (thrown instanceof ServiceError) {
    const { type, message, members } = thrown;
    const status = type === 'RequestEntityTooLargeException' ? 413 : 400;
    return { status, body: { __type: `${namespaceOf(type)}#${type}`, message, ...members } };
  }
  const message = messageOf(thrown);
  return {
    status: 500,
    body: { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message },
  };
}

const SHARED_TYPES = new Set([
  'AccessDeniedException',
  'MissingAuthenticationTokenException',
  'SerializationException',
  'UnknownOperationException',
  'ValidationException',
]);

function namespaceOf(type: string): string {
  return SHARED_TYPES.has(type) ? 'com.amazon.coral.service' : 'com.amazonaws.dynamodb.v20120810';
}

/** Some SDKs verify `x-amz-crc32` against the body. */
function send(response: ServerResponse, { status, body }: Reply): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'Content-Type': 'application/x-amz-json-1.0',
    'Content-Length': bytes.length,
    'x-amzn-RequestId': randomBytes(26).toString('hex').toUpperCase(),
    'x-amz-crc32': crc32(bytes),
  });
  response.end(bytes);
}
