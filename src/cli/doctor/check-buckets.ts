/** Owns the check of buckets: there, writable, and honouring conditional puts. */
import { randomUUID } from 'node:crypto';
import { syncInputOf } from '../../config/sync-input-of.js';
import type { TidemarkConfig } from '../../config/tidemark-config.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { ObjectStore } from '../../core/object-store.js';
import type { AwsAccess } from '../aws-access.js';
import { failed, passed, skipped, type Finding } from './finding.js';

/** Every bucket that configuration and tables name. */
export async function* checkBuckets(
  aws: AwsAccess,
  config: TidemarkConfig,
  tables: readonly string[],
): AsyncGenerator<Finding, void, undefined> {
  const buckets = new Set([config.bucket, config.exportBucket, config.lakeBucket]);
  for (const table of tables) {
    try {
      const { exportBucket, lakeBucket } = syncInputOf(config, table, aws);
      buckets.add(exportBucket).add(lakeBucket);
    } catch {
      // What is wrong with a table's settings was said of the table.
    }
  }
  const names = [...buckets].filter((name) => name !== undefined);
  if (names.length === 0) yield skipped('bucket', 'none is configured (bucket, TIDEMARK_BUCKET)');
  for (const name of names) yield await checkBucket(aws.bucket(name), name);
}

async function checkBucket(store: ObjectStore, name: string): Promise<Finding> {
  const what = `bucket ${name}`;
  const key = `tidemark-doctor-${randomUUID()}`;
  const body = new TextEncoder().encode('written by tidemark doctor');
  try {
    await store.put(key, body, { ifAbsent: true });
    try {
      if ((await store.get(key)) === undefined)
        throw oddBucket(name, 'does not show what was written');
      const again = await store.put(key, body, { ifAbsent: true });
      if (again.written)
        throw oddBucket(name, 'ignores If-None-Match, by which commits are atomic');
    } finally {
      await store.delete([key]);
    }
    return passed(what, 'put, get, conditional put and delete work');
  } catch (error) {
    return failed(what, error);
  }
}

function oddBucket(name: string, problem: string): TidemarkError {
  return new TidemarkError(`The bucket ${name} ${problem}.`, {
    code: ErrorCode.InvalidConfig,
    subject: name,
    hint: 'Use S3 itself, or a stand-in that honours conditional writes.',
  });
}
