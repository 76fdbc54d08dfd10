/** Owns a topic of SNS on localhost that speaks its query protocol, as far as Publish goes. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What it answers with in place of taking a message. */
export interface SnsRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** A topic. */
export interface SnsTopic {
  readonly url: string;
  /** The parameters of each request, as they were sent. */
  readonly requests: readonly URLSearchParams[];
  /** The Regions that requests were signed for. */
  readonly regions: readonly string[];
  refusal: SnsRefusal | undefined;
  close(): Promise<void>;
}

export async function startSnsTopic(): Promise<SnsTopic> {
  const requests: URLSearchParams[] = [];
  const regions: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
      regions.push(request.headers.authorization?.split('/')[2] ?? '');
      const { refusal } = topic;
      response.writeHead(refusal?.status ?? 200, { 'content-type': 'text/xml' });
      response.end(refusal === undefined ? TAKEN : refusalXml(refusal));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const topic: SnsTopic = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    regions,
    refusal: undefined,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return topic;
}

const TAKEN =
  '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></PublishResponse>';

function refusalXml({ code, message }: SnsRefusal): string {
  return `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
}

/** Lets clients of SNS that are made from now on go to `url`, until what it returns is called. */
export function pointToSns(url: string): () => void {
  const environment = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SNS: url,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  return () => {
    process.env = environment;
  };
}
