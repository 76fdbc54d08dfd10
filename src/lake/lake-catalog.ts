/** Owns which catalog has a lake's Iceberg tables, where it is not the lake's own files. */

/**
 * A catalog behind Iceberg's REST protocol. It travels in workflow payloads, so there is no secret in
 * it: the token or the credential is in the environment of whoever works with the catalog.
 */
export interface LakeCatalog {
  /** Without `/v1`: `https://catalog.example.com/api/catalog`. */
  readonly uri: string;
  /** What the catalog calls the warehouse to be used, when it has several. */
  readonly warehouse?: string;
  /** Of the lake's tables, its levels parted by dots; {@link DEFAULT_NAMESPACE} when left out. */
  readonly namespace?: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What a fetched token is for; `catalog` when left out. */
  readonly scope?: string;
  /** Where tokens are fetched; the catalog's own endpoint when left out. */
  readonly oauth2ServerUri?: string;
}

/** The namespace of tables whose catalog is told none. */
export const DEFAULT_NAMESPACE = 'lake';
