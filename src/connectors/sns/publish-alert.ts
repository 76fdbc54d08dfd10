/** Owns publishing alerts to a topic of SNS: text for people, the same facts as attributes for filters. */
import { createHash } from 'node:crypto';
import {
  PublishCommand,
  SNSClient,
  type MessageAttributeValue,
  type PublishCommandInput,
} from '@aws-sdk/client-sns';
import { CREDENTIAL_TROUBLE, isCredentialTrouble } from '../../core/credential-trouble.js';
import { ErrorCode, messageOf, TidemarkError, type ErrorDetails } from '../../core/errors.js';
import type { Alert } from '../../sync/alerts.js';

/** A publisher of alerts, until it is closed. */
export interface AlertPublisher {
  /** A `TidemarkError` where the topic does not take it; `retryable` tells whether it may later. */
  readonly tell: (alert: Alert) => Promise<void>;
  close(): void;
}

/** Well below what Temporal gives an alert, which also repeats it. */
const TIMEOUT_MS = 5_000;

/** The longest that SNS takes, in characters (sns/latest/api/API_Publish.html). */
const MAX_SUBJECT = 100;
const MAX_GROUP = 128;

/** Publishes to the topic `topicArn`, in the Region that its ARN names; a FIFO topic takes each alert once. */
export function createAlertPublisher(topicArn: string): AlertPublisher {
  const client = new SNSClient({
    region: String(topicArn.split(':')[3]),
    maxAttempts: 1,
    requestHandler: { connectionTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS },
  });
  return {
    tell: async (alert) => {
      try {
        await client.send(new PublishCommand(messageTo(topicArn, alert)));
      } catch (thrown) {
        throw refused(thrown, topicArn);
      }
    },
    close: () => {
      client.destroy();
    },
  };
}

function messageTo(topicArn: string, alert: Alert): PublishCommandInput {
  const { kind, id, region, tableName, message, hint, watermark, at } = alert;
  const facts = Object.entries(alert).map(([name, value]): [string, MessageAttributeValue] => [
    name,
    { DataType: 'String', StringValue: String(value) },
  ]);
  const text = [
    message,
    ...(hint === undefined ? [] : [hint]),
    '',
    `table      ${tableName} in ${region}`,
    ...(watermark === undefined ? [] : [`watermark  ${watermark}`]),
    `told at    ${at}`,
  ];
  return {
    TopicArn: topicArn,
    // ASCII without line breaks; names of tables are that.
    Subject: `tidemark: ${kind}: ${tableName}`.slice(0, MAX_SUBJECT),
    Message: text.join('\n'),
    MessageAttributes: Object.fromEntries(facts),
    ...(topicArn.endsWith('.fifo')
      ? {
          MessageGroupId: tableName.slice(0, MAX_GROUP),
          // An id has blanks, which are not taken.
          MessageDeduplicationId: createHash('sha256').update(id).digest('hex'),
        }
      : {}),
  };
}

function refused(thrown: unknown, topicArn: string): TidemarkError {
  const name = thrown instanceof Error ? thrown.name : 'Error';
  const message = `SNS did not take an alert for ${topicArn}: ${name}: ${messageOf(thrown)}`;
  return new TidemarkError(message, {
    ...meaningOf(name, thrown),
    subject: topicArn,
    cause: thrown,
  });
}

/** By the errors that Publish has (sns/latest/api/API_Publish.html). */
function meaningOf(
  name: string,
  thrown: unknown,
): Pick<ErrorDetails, 'code' | 'retryable' | 'hint'> {
  if (isCredentialTrouble(name, thrown)) return CREDENTIAL_TROUBLE;
  const { $metadata } = thrown as { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (/^Thrott|^KMSThrottl/.test(name)) return { code: ErrorCode.Throttled, retryable: true };
  if (status === undefined || status >= 500) {
    return { code: ErrorCode.Unreachable, retryable: true, hint: 'Check the network.' };
  }
  if (name === 'NotFoundException') {
    const hint = 'Create the topic, or correct alerts.sns in the configuration of the worker.';
    return { code: ErrorCode.NotFound, hint };
  }
  if (status === 403 || name.startsWith('KMS')) {
    const hint =
      "Allow the worker's role sns:Publish on the topic, and of an encrypted one kms:GenerateDataKey and kms:Decrypt on its key.";
    return { code: ErrorCode.AccessDenied, hint };
  }
  return { code: ErrorCode.InvalidUsage, hint: 'Correct alerts.sns by what the message says.' };
}
