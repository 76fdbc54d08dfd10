/** Owns raw S3 requests: signed with Signature Version 4, body framed by hand, sent as they are. */
import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';

const REGION = 'us-east-1';
const EMPTY_SHA256 = sha256('');

export interface Endpoint {
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface RawRequest {
  readonly method: string;
  /** As it goes over the wire, percent-encoded by the caller. */
  readonly path: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `x-amz-content-sha256`; the body's own SHA-256 by default. */
  readonly contentSha256?: string;
  readonly body?: Buffer | ((signing: Signing) => Buffer);
  /** The Content-Length to claim when it is not the body's. */
  readonly claimedLength?: number;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** The error's code, if the body is an error document. */
  readonly code: string | undefined;
}

/** What chunk signatures are made of: the request's own signature comes first. */
export interface Signing {
  readonly seed: string;
  readonly scope: string;
  readonly timestamp: string;
  readonly sign: (text: string) => string;
}

/** Signs and sends; rejects when the connection breaks before an answer. */
export async function sendSigned(endpoint: Endpoint, raw: RawRequest): Promise<RawResponse> {
  const { host, hostname, port } = new URL(endpoint.url);
  const fixedBody = typeof raw.body === 'function' ? undefined : (raw.body ?? Buffer.alloc(0));
  const timestamp = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const headers: Record<string, string> = {
    host,
    'x-amz-date': timestamp,
    'x-amz-content-sha256': raw.contentSha256 ?? sha256(fixedBody ?? ''),
    ...raw.headers,
  };
  const signing = signRequest(endpoint, raw, headers, timestamp);
  const signedHeaders = Object.keys(headers).sort().join(';');
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${endpoint.accessKeyId}/${signing.scope}, ` +
    `SignedHeaders=${signedHeaders}, Signature=${signing.seed}`;
  const body = typeof raw.body === 'function' ? raw.body(signing) : (fixedBody ?? Buffer.alloc(0));
  headers['content-length'] = String(raw.claimedLength ?? body.length);
  const path = raw.query === undefined ? raw.path : `${raw.path}?${raw.query}`;
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { hostname, port, method: raw.method, path, headers, agent: false },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          const whole = Buffer.concat(pieces);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Record<string, string | undefined>,
            body: whole,
            code: /<Code>(\w+)<\/Code>/.exec(whole.toString('utf8'))?.[1],
          });
        });
      },
    );
    request.on('error', reject);
    if (raw.claimedLength !== undefined && raw.claimedLength > body.length) {
      // The rest never comes: the connection is closed from this side.
      request.write(body, () => request.socket?.end());
    } else {
      request.end(body);
    }
  });
}

function signRequest(
  endpoint: Endpoint,
  { method, path, query = '' }: RawRequest,
  headers: Readonly<Record<string, string>>,
  timestamp: string,
): Signing {
  const date = timestamp.slice(0, 8);
  const scope = `${date}/${REGION}/s3/aws4_request`;
  const key = [date, REGION, 's3', 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${endpoint.secretAccessKey}`,
  );
  const sign = (text: string): string => createHmac('sha256', key).update(text).digest('hex');
  const names = Object.keys(headers).sort();
  const canonical = [
    method,
    path,
    query
      .split('&')
      .filter((part) => part !== '')
      .map((part) => (part.includes('=') ? part : `${part}=`))
      .sort()
      .join('&'),
    ...names.map((name) => `${name}:${headers[name] ?? ''}`),
    '',
    names.join(';'),
    headers['x-amz-content-sha256'] ?? '',
  ].join('\n');
  const seed = sign(`AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonical)}`);
  return { seed, scope, timestamp, sign };
}

/** Chunks as STREAMING-UNSIGNED-PAYLOAD-TRAILER has them, the closing one and trailers included. */
export function unsignedChunks(
  chunks: readonly Buffer[],
  trailers: Readonly<Record<string, string>>,
): Buffer {
  const lines = Object.entries(trailers).map(([name, value]) => `${name}:${value}\r\n`);
  return Buffer.concat([
    ...chunks.map((chunk) => framed(chunk.length.toString(16), chunk)),
    Buffer.from(`0\r\n${lines.join('')}\r\n`),
  ]);
}

/** Chunks as STREAMING-AWS4-HMAC-SHA256-PAYLOAD has them, with -TRAILER if there are trailers. */
export function signedChunks(
  chunks: readonly Buffer[],
  signing: Signing,
  trailers: Readonly<Record<string, string>> = {},
): Buffer {
  const { scope, timestamp, sign } = signing;
  let previous = signing.seed;
  const signedChunk = (chunk: Buffer): Buffer => {
    previous = sign(
      `AWS4-HMAC-SHA256-PAYLOAD\n${timestamp}\n${scope}\n${previous}\n${EMPTY_SHA256}\n${sha256(chunk)}`,
    );
    const header = `${chunk.length.toString(16)};chunk-signature=${previous}`;
    return chunk.length === 0 ? Buffer.from(`${header}\r\n`) : framed(header, chunk);
  };
  const pieces = [...chunks, Buffer.alloc(0)].map(signedChunk);
  const names = Object.keys(trailers);
  if (names.length > 0) {
    const canonical = names.map((name) => `${name}:${trailers[name] ?? ''}\n`).join('');
    const signature = sign(
      `AWS4-HMAC-SHA256-TRAILER\n${timestamp}\n${scope}\n${previous}\n${sha256(canonical)}`,
    );
    const lines = names.map((name) => `${name}:${trailers[name] ?? ''}\r\n`).join('');
    pieces.push(Buffer.from(`${lines}x-amz-trailer-signature:${signature}\r\n`));
  }
  return Buffer.concat([...pieces, Buffer.from('\r\n')]);
}

function framed(header: string, chunk: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${header}\r\n`), chunk, Buffer.from('\r\n')]);
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
