/** Owns the hint by which other readers find a path-based table's current version. */
import type { ObjectStore, StoredObject } from '../core/object-store.js';

const ATTEMPTS = 5;

/** Where Iceberg's hadoop catalog and DuckDB look for it. */
function versionHintKey(metadataFolder: string): string {
  return `${metadataFolder}/version-hint.text`;
}

/**
 * Lets the hint say the version that `findVersion` gives, and never lets it fall back.
 *
 * DuckDB believes the hint alone, so a committer that was held up must not write an old one over a
 * newer one: it looks at the hint first, then for the current version, and writes only over the hint
 * that it looked at.
 */
export async function raiseVersionHint(
  store: ObjectStore,
  metadataFolder: string,
  findVersion: () => Promise<number | undefined>,
): Promise<void> {
  const key = versionHintKey(metadataFolder);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const hint = await store.get(key);
    const version = await findVersion();
    if (version === undefined || String(version) === textOf(hint)) return;
    const condition = hint === undefined ? ({ ifAbsent: true } as const) : { ifMatch: hint.etag };
    const { written } = await store.put(key, Buffer.from(String(version)), condition);
    if (written) return;
  }
}

function textOf(hint: StoredObject | undefined): string | undefined {
  return hint && Buffer.from(hint.body).toString('utf8').trim();
}
