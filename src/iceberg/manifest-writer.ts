/** Owns the manifests that one snapshot writes: their names, contexts and bytes. */
import { manifestFileOf, writeManifest } from './manifest-file.js';
import type { ManifestContent, ManifestEntry, ManifestFile } from './manifest.js';
import type { ReadFile } from './plan-scan.js';
import { typeOfField } from './partition-type.js';
import type { TableMetadata } from './table-metadata.js';
import { currentSchema, metadataFolder, specOf } from './table-state.js';

/** A file to be written before the commit. */
export interface NewFile {
  readonly location: string;
  readonly bytes: Uint8Array;
}

/** What a new snapshot is known by. */
export interface SnapshotNames {
  readonly snapshotId: bigint;
  /** In the names of its files, so that no two attempts write the same. */
  readonly commitUuid: string;
}

/** Collects the manifests that a snapshot adds. */
export class ManifestWriter {
  readonly #metadata: TableMetadata;
  readonly #names: SnapshotNames;
  readonly #files: NewFile[] = [];

  constructor(metadata: TableMetadata, names: SnapshotNames) {
    this.#metadata = metadata;
    this.#names = names;
  }

  /** A manifest of `entries`, which are all of one spec. */
  write(content: ManifestContent, specId: number, entries: readonly ManifestEntry[]): ManifestFile {
    const metadata = this.#metadata;
    const { snapshotId, commitUuid } = this.#names;
    const spec = specOf(metadata, specId);
    const schemas = metadata.schemas.toReversed();
    const name = `${commitUuid}-m${this.#files.length}.avro`;
    const location = `${metadataFolder(metadata)}/${name}`;
    const bytes = writeManifest(entries, {
      formatVersion: metadata['format-version'],
      content,
      schema: currentSchema(metadata),
      spec,
      schemas,
    });
    this.#files.push({ location, bytes });
    return manifestFileOf(entries, {
      location,
      sizeBytes: bytes.length,
      content,
      spec,
      schemas,
      snapshotId,
      sequenceNumber: metadata['last-sequence-number'] + 1,
    });
  }

  /** Whether readers find the types of its partitions, which they take from the current columns. */
  isReadable(specId: number): boolean {
    const { fields } = currentSchema(this.#metadata);
    return specOf(this.#metadata, specId).fields.every(
      (field) => typeOfField(fields, field['source-id']) !== undefined,
    );
  }

  /** Reads like `read`, and what is not written to storage yet. */
  reading(read: ReadFile): ReadFile {
    return async (location) =>
      this.#files.find((file) => file.location === location)?.bytes ?? (await read(location));
  }

  /** Those of the written manifests that `manifests` still name. */
  filesOf(manifests: readonly ManifestFile[]): readonly NewFile[] {
    const named = new Set(manifests.map((manifest) => manifest.manifest_path));
    return this.#files.filter(({ location }) => named.has(location));
  }
}
