/** Owns the settings by which an embedded DuckDB fetches nothing: what it cannot do by itself fails. */
export const OFFLINE_DUCKDB: Readonly<Record<string, string>> = Object.freeze({
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
});
