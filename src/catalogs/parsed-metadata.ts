/** Owns that a process parses one text of a table's metadata once: a load reads it a dozen times. */
import { parseTableMetadata } from '../iceberg/metadata-json.js';
import type { TableMetadata } from '../iceberg/table-metadata.js';

/** Of a table with many windows a text has a megabyte. */
const KEPT_TEXTS = 8;

/** The latest last. Metadata is never changed in place, so all who read one text may share it. */
const kept = new Map<string, TableMetadata>();

/** As `parseTableMetadata`; by the text itself, since a name may be given again. */
export function parsedMetadata(text: string, location: string): TableMetadata {
  const metadata = kept.get(text) ?? parseTableMetadata(text, location);
  rememberParsed(text, metadata);
  return metadata;
}

/** Spares whoever reads `text`, which was made of `metadata`, parsing it. */
export function rememberParsed(text: string, metadata: TableMetadata): void {
  kept.delete(text);
  kept.set(text, metadata);
  const [oldest] = kept.keys();
  if (kept.size > KEPT_TEXTS && oldest !== undefined) kept.delete(oldest);
}
