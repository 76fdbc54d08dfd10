/** Owns posting alerts to a webhook: one JSON object each, by plain POST. */
import { ErrorCode, messageOf, TidemarkError } from '../../core/errors.js';
import type { Alert } from '../../sync/alerts.js';

const TIMEOUT_MS = 10_000;

/**
 * Posts alerts to `url`, with their id as Idempotency-Key, since one may be posted twice. Unreachable, worth another
 * try, where nobody takes it; the address is in no message, since it may be a secret.
 */
export function alertPoster(url: string): (alert: Alert) => Promise<void> {
  return async (alert) => {
    const refused = (why: string, cause?: unknown): TidemarkError =>
      new TidemarkError(`The webhook of alerts did not take one: ${why}.`, {
        code: ErrorCode.Unreachable,
        subject: 'alerts.webhook',
        retryable: true,
        hint: 'Check alerts.webhook in the configuration of the worker.',
        cause,
      });
    let status: number;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': alert.id },
        // `text` is what Slack and its kin show.
        body: JSON.stringify({ ...alert, text: [alert.message, alert.hint].join(' ').trim() }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      status = response.status;
    } catch (error) {
      throw refused(messageOf(error), error);
    }
    if (status >= 300) throw refused(`it answered ${status}`);
  };
}
