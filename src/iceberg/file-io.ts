/** Owns the port to the files of Iceberg tables, by their locations. */

/**
 * Files by location: `s3://bucket/key`, or `file:///folder/file`. Failures are `TidemarkError`s as an
 * ObjectStore throws them; a file that is not there: code NotFound, naming the location.
 */
export interface FileIo {
  read(location: string): Promise<Uint8Array>;
  /** Whole or not at all. `false` when `ifAbsent` was asked and there is one already. */
  write(
    location: string,
    body: Uint8Array,
    condition?: { readonly ifAbsent: true },
  ): Promise<boolean>;
  /** Uploads a local file of any size. */
  writeFile(location: string, localPath: string): Promise<void>;
  /** What is missing is no error. */
  delete(locations: readonly string[]): Promise<void>;
  /** Locations under a folder's location, with their sizes. */
  list(folder: string): AsyncIterable<{ readonly location: string; readonly sizeBytes: number }>;
}
