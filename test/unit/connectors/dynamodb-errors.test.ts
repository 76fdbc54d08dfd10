/** Owns the check of which refusals of DynamoDB park a sync, and which are waited out. */
import { describe, expect, test } from '@jest/globals';
import { tidemarkErrorOf } from '../../../src/connectors/dynamodb/dynamodb-errors.js';
import { ErrorCode } from '../../../src/core/errors.js';

function refusal(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
}

const SKEWED = 'Signature expired: 20261124T080000Z is now earlier than 20261124T081000Z';
const EARLY = 'Signature not yet current: 20261124T083000Z is still later than 20261124T081500Z';
const WRONG = 'The request signature we calculated does not match the signature you provided.';

describe('credentials', () => {
  test.each([
    ['AccessDeniedException', 'not authorized', false],
    ['UnrecognizedClientException', 'The security token is invalid.', false],
    ['InvalidSignatureException', WRONG, false],
    ['InvalidSignatureException', SKEWED, true],
    ['InvalidSignatureException', EARLY, true],
    ['ExpiredToken', 'expired', true],
    ['ExpiredTokenException', 'expired', true],
    ['RequestExpired', 'expired', true],
    ['RequestTimeTooSkewed', 'too large', true],
    ['CredentialsProviderError', 'Could not load credentials from any providers', true],
    ['TokenProviderError', 'Token is expired', true],
    ['IDPCommunicationError', 'no answer', true],
  ])('%s: %s', (name, message, retryable) => {
    expect(tidemarkErrorOf(refusal(name, message), 'orders')).toMatchObject({
      code: ErrorCode.AccessDenied,
      retryable,
      subject: 'orders',
      hint: expect.stringContaining('credentials'),
    });
  });
});
