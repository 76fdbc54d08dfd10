/** Owns the history of a table, put together from all versions of its metadata. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseTableMetadata } from '../../src/iceberg/metadata-json.js';
import type { Snapshot } from '../../src/iceberg/table-metadata.js';

/** Every snapshot that ever was, also those that have expired since. */
export class TableHistory {
  readonly snapshots: Snapshot[] = [];
  /** What the table's properties said after each commit, repetitions left out. */
  readonly watermarks: string[] = [];
  readonly #folder: string;
  #version = 0;

  /** `folder` is the table's. */
  constructor(folder: string) {
    this.#folder = join(folder, 'metadata');
  }

  /** Takes up the versions since the last call; old versions do not stay for ever. */
  async follow(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    const versions = names
      .flatMap((name) => /^v(\d+)\.metadata\.json$/.exec(name)?.[1] ?? [])
      .map(Number)
      .filter((version) => version > this.#version)
      .sort((a, b) => a - b);
    for (const version of versions) {
      if (version !== this.#version + 1) throw new Error(`version ${version - 1} was missed`);
      const path = join(this.#folder, `v${version}.metadata.json`);
      const metadata = parseTableMetadata(await readFile(path, 'utf8'), path);
      const known = new Set(this.snapshots.map((snapshot) => snapshot['snapshot-id']));
      this.snapshots.push(...metadata.snapshots.filter((each) => !known.has(each['snapshot-id'])));
      const watermark = metadata.properties['tidemark.watermark'];
      if (watermark !== undefined && watermark !== this.watermarks.at(-1)) {
        this.watermarks.push(watermark);
      }
      this.#version = version;
    }
  }

  /** The watermarks of the loads' snapshots, in the order of their commits. */
  loads(): readonly string[] {
    return this.snapshots.flatMap(({ summary }) => summary['tidemark.watermark'] ?? []);
  }
}
