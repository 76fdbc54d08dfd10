/** Owns which refusals of AWS speak of credentials or a clock that mend without us. */
import { ErrorCode, messageOf } from './errors.js';

/** What such a refusal means: AccessDenied, yet worth trying again. */
export const CREDENTIAL_TROUBLE = {
  code: ErrorCode.AccessDenied,
  retryable: true,
  hint: 'Renew the credentials, or set the clock: the call is repeated until it is let in.',
} as const;

/** Names of AWS's errors and of the SDK's credential providers (IMDS, STS, SSO, profiles). */
const NAMES = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IDPCommunicationError',
  'IDPCommunicationErrorException',
  'ProviderError',
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',
  'TokenProviderError',
  'TokenRefreshRequired',
]);

/**
 * Whether `thrown`, by its AWS name, is cured by fresh credentials or a right clock. A signature is
 * refused under one name for a wrong secret and for a wrong clock, and only the message tells which:
 * "Signature expired: … is now earlier than …", "Signature not yet current: …".
 */
export function isCredentialTrouble(name: string, thrown: unknown): boolean {
  if (NAMES.has(name)) return true;
  return (
    name === 'InvalidSignatureException' &&
    /signature (expired|not yet current)/i.test(messageOf(thrown))
  );
}
