/** Owns the forms of names that come from a person: tables, buckets, prefixes. */
import { ErrorCode, TidemarkError } from '../core/errors.js';

/** 3 to 255 of these (amazondynamodb developerguide, HowItWorks.NamingRulesDataTypes.html). */
export const TABLE_NAME = /^[a-zA-Z0-9_.-]{3,255}$/;

/** 3 to 63 lower-case letters, digits, dots and hyphens (AmazonS3 userguide, bucketnamingrules.html). */
export const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9]$/;

/** A key prefix with no slash at either end; may be empty. */
export const KEY_PREFIX = /^$|^[^/](.*[^/])?$/;

/** A topic of SNS: its name has 1 to 256 of these, `.fifo` included (sns/latest/api/API_CreateTopic.html). */
export const TOPIC_ARN =
  /^arn:aws[a-z-]*:sns:[a-z]{2,}(-[a-z]+)+-\d:\d{12}:(?=[^:]{1,256}$)[\w-]+(\.fifo)?$/;

/** `name` itself, or InvalidUsage when DynamoDB could have no table of that name. */
export function checkTableName(name: string): string {
  if (TABLE_NAME.test(name)) return name;
  throw new TidemarkError(
    `"${name}" cannot be a table's name: it takes 3 to 255 letters, digits, _ . and -.`,
    { code: ErrorCode.InvalidUsage, subject: name, hint: 'Give the table by its full name.' },
  );
}
