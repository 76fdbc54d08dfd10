/** Owns the check of what is published to a topic of SNS, and of what its refusals mean. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  createAlertPublisher,
  type AlertPublisher,
} from '../../src/connectors/sns/publish-alert.js';
import { parseInstant } from '../../src/core/instant.js';
import type { Alert } from '../../src/sync/alerts.js';
import { pointToSns, startSnsTopic, type SnsTopic } from '../support/sns-topic.js';

const ARN = 'arn:aws:sns:ap-southeast-2:123456789012:lake-alerts';
const alert: Alert = {
  kind: 'parked',
  id: 'eu-west-1/orders parked ExportFailed 2026-11-24T09:00:00Z',
  region: 'eu-west-1',
  tableName: 'orders',
  message: 'The sync of orders is parked: no bucket — gone.',
  hint: 'Create it.',
  watermark: parseInstant('2026-11-24T08:00:00Z')!,
  at: parseInstant('2026-11-24T09:00:01Z')!,
};

let topic: SnsTopic;
let restore: () => void;
const publishers: AlertPublisher[] = [];
beforeEach(async () => {
  topic = await startSnsTopic();
  restore = pointToSns(topic.url);
});
afterEach(async () => {
  for (const publisher of publishers.splice(0)) publisher.close();
  restore();
  await topic.close();
});

function publisherTo(arn: string): AlertPublisher {
  const publisher = createAlertPublisher(arn);
  publishers.push(publisher);
  return publisher;
}

/** The message attributes of a request, by name. */
function attributesOf(request: URLSearchParams): Record<string, string | null> {
  const attributes: Record<string, string | null> = {};
  for (let n = 1; request.has(`MessageAttributes.entry.${n}.Name`); n++) {
    const entry = `MessageAttributes.entry.${n}`;
    expect(request.get(`${entry}.Value.DataType`)).toBe('String');
    attributes[request.get(`${entry}.Name`)!] = request.get(`${entry}.Value.StringValue`);
  }
  return attributes;
}

test('an alert is a subject, a text, and its facts as attributes, in the Region of the topic', async () => {
  await publisherTo(ARN).tell(alert);
  const [request] = topic.requests;
  expect(request?.get('Action')).toBe('Publish');
  expect(request?.get('TopicArn')).toBe(ARN);
  expect(request?.get('Subject')).toBe('tidemark: parked: orders');
  expect(request?.get('Message')).toBe(
    [
      alert.message,
      'Create it.',
      '',
      'table      orders in eu-west-1',
      'watermark  2026-11-24T08:00:00Z',
      'told at    2026-11-24T09:00:01Z',
    ].join('\n'),
  );
  expect(attributesOf(request!)).toEqual(alert);
  expect(request?.has('MessageGroupId')).toBe(false);
  expect(topic.regions).toEqual(['ap-southeast-2']);
});

test('a FIFO topic has a group for each table, and takes the same alert for the same', async () => {
  const { tell } = publisherTo(`${ARN}.fifo`);
  await tell(alert);
  await tell(alert);
  await tell({ ...alert, id: 'another' });
  const [first, again, another] = topic.requests.map((each) => each.get('MessageDeduplicationId'));
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(again).toBe(first);
  expect(another).not.toBe(first);
  expect(topic.requests[0]?.get('MessageGroupId')).toBe('orders');
});

test('the longest name of a table leaves a subject that SNS takes', async () => {
  await publisherTo(`${ARN}.fifo`).tell({ ...alert, tableName: 'x'.repeat(255) });
  const [request] = topic.requests;
  expect(request?.get('Subject')).toHaveLength(100);
  expect(request?.get('MessageGroupId')).toHaveLength(128);
});

test.each([
  [404, 'NotFound', 'NotFound', false],
  [403, 'AuthorizationError', 'AccessDenied', false],
  [400, 'KMSAccessDenied', 'AccessDenied', false],
  [403, 'ExpiredToken', 'AccessDenied', true],
  [429, 'Throttled', 'Throttled', true],
  [500, 'InternalError', 'Unreachable', true],
  [400, 'InvalidParameter', 'InvalidUsage', false],
])('%i %s is %s, worth another try: %s', async (status, code, ours, retryable) => {
  topic.refusal = { status, code, message: 'Topic does not exist' };
  const error: unknown = await publisherTo(ARN)
    .tell(alert)
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: ours, retryable, subject: ARN });
  expect(topic.requests).toHaveLength(1);
});

test('a topic that nobody answers for is worth another try', async () => {
  await topic.close();
  await expect(publisherTo(ARN).tell(alert)).rejects.toMatchObject({
    code: 'Unreachable',
    retryable: true,
  });
  topic = await startSnsTopic();
});
