/** Owns fetching Temporal's released programs the way its SDKs do. */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { ErrorCode, messageOf, TidemarkError } from '../../core/errors.js';
import { provide } from './provide.js';
import type { Report } from './run-to-end.js';

/** A released program, by the names of Temporal's download service. */
export interface TemporalRelease {
  readonly artifact: 'cli' | 'temporal-test-server';
  /** A tag such as `v1.5.1`. */
  readonly version: string;
}

/** The download service that Temporal's SDKs use for their test servers. */
export const TEMPORAL_DOWNLOADS = 'https://temporal.download';

const infoSchema = z.object({ archiveUrl: z.url(), fileToExtract: z.string().min(1) });
const run = promisify(execFile);
/** Without a network the answer must come soon; the archive itself may take its time. */
const INFO_TIMEOUT_MS = 5000;
const ARCHIVE_TIMEOUT_MS = 10 * 60_000;

/**
 * Brings the release to `target` in the cache, unless it is there.
 *
 * @throws TidemarkError Unreachable when the service does not answer in 5 seconds or refuses.
 */
export async function downloadRelease(
  { artifact, version }: TemporalRelease,
  target: string,
  report: Report,
  service: string = TEMPORAL_DOWNLOADS,
): Promise<string> {
  return await provide(
    target,
    async (scratch) => {
      try {
        const { archiveUrl, fileToExtract } = await archiveOf(artifact, version, service);
        const archive = join(scratch, 'archive.tar.gz');
        await fetchTo(archiveUrl, archive, report);
        await run('tar', ['-xzf', archive, '-C', scratch, fileToExtract]);
        return join(scratch, fileToExtract);
      } catch (error) {
        throw new TidemarkError(`Cannot download ${artifact} ${version}: ${reasonOf(error)}.`, {
          code: ErrorCode.Unreachable,
          subject: service,
          retryable: true,
          cause: error,
        });
      }
    },
    report,
  );
}

async function archiveOf(
  artifact: string,
  version: string,
  service: string,
): Promise<z.infer<typeof infoSchema>> {
  const query = new URLSearchParams({
    arch: process.arch === 'arm64' ? 'arm64' : 'amd64',
    platform: process.platform === 'darwin' ? 'darwin' : 'linux',
    format: 'tar.gz',
  });
  const response = await fetch(`${service}/${artifact}/${version}?${query.toString()}`, {
    signal: AbortSignal.timeout(INFO_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the service answers ${response.status}`);
  return infoSchema.parse(await response.json());
}

async function fetchTo(url: string, file: string, report: Report): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ARCHIVE_TIMEOUT_MS) });
  if (!response.ok || response.body === null) throw new Error(`${url} answers ${response.status}`);
  const totalMib = Math.round(Number(response.headers.get('content-length') ?? 0) / 2 ** 20);
  let sizeBytes = 0;
  let reportedMib = 0;
  const count = new Transform({
    transform(piece: Buffer, _encoding, done) {
      sizeBytes += piece.length;
      const mib = Math.floor(sizeBytes / 2 ** 20);
      if (mib >= reportedMib + 20) {
        reportedMib = mib;
        report(`downloading ${url}: ${mib} of ${totalMib || '?'} MiB`);
      }
      done(null, piece);
    },
  });
  await pipeline(Readable.fromWeb(response.body), count, createWriteStream(file));
}

/** fetch says only "fetch failed"; its cause says why. */
function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  return messageOf(cause ?? error);
}
