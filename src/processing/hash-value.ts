/** Owns the hashes that stand for values of personal data, and the key they are made with. */
import { createHmac } from 'node:crypto';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { AttributeValue } from '../export/attribute-value.js';
import { canonicalText, type HashValue } from '../lake/canonical-value.js';
import type { TableSchema } from '../lake/column-type.js';

/** The variable that has the key. */
export const HASH_KEY_VARIABLE = 'TIDEMARK_HASH_KEY';
/** Fewer letters could be guessed, and with them every value. */
const LEAST_LETTERS = 16;
/** No value's text is like it, so that the id of a key is no value's hash. */
const KEY_ID_TEXT = 'tidemark hash key';

/** The key of this environment; undefined without one, InvalidConfig for one that is too short. */
export function hashKeyOf(
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const key = environment[HASH_KEY_VARIABLE];
  if (key === undefined || key === '') return undefined;
  if (key.length >= LEAST_LETTERS) return key;
  throw new TidemarkError(
    `${HASH_KEY_VARIABLE} has ${key.length} characters; it must have at least ${LEAST_LETTERS}.`,
    {
      code: ErrorCode.InvalidConfig,
      subject: HASH_KEY_VARIABLE,
      hint: 'Set it to a secret such as the output of `openssl rand -hex 32`.',
    },
  );
}

/** By which a key is known to be the same as another: 16 hexadecimal digits that do not tell it. */
export function hashKeyId(key: string): string {
  return hmac(key, KEY_ID_TEXT).slice(0, 16);
}

/** InvalidConfig where `schema` has hashes that `hashKey` did not make. */
export function requireHashKey(
  tableName: string,
  { columns }: Pick<TableSchema, 'columns'>,
  hashKey: string | undefined,
): void {
  const keyId = hashKey === undefined ? undefined : hashKeyId(hashKey);
  for (const { attribute, type } of columns) {
    if (type.kind !== 'hash' || type.keyId === keyId) continue;
    throw new TidemarkError(
      `"${attribute}" of ${tableName} is hashed with key ${type.keyId}, and ${HASH_KEY_VARIABLE} here is ${keyId === undefined ? 'not set' : `key ${keyId}`}.`,
      {
        code: ErrorCode.InvalidConfig,
        subject: tableName,
        hint: `Set ${HASH_KEY_VARIABLE} to the key of the table on every worker; or resync, which hashes all rows with the new one.`,
      },
    );
  }
}

/** HMAC-SHA-256 of a value's one text by `key`, in hexadecimal digits. */
export function valueHasher(key: string): HashValue {
  return (value) => hmac(key, canonicalText(value));
}

/** As {@link valueHasher}, of a value that lies in `bytes` as checked JSON from `start` to `end` (exclusive). */
export type HashBytes = (bytes: Buffer, start: number, end: number) => Buffer;

/** The digits as bytes. */
export function bytesHasher(key: string): HashBytes {
  const hash = valueHasher(key);
  return (bytes, start, end) => {
    const value = JSON.parse(bytes.toString('utf8', start, end)) as AttributeValue;
    return Buffer.from(hash(value), 'latin1');
  };
}

function hmac(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}
