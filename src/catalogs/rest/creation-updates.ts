/** Owns the updates by which a REST catalog makes a table exactly as its metadata says. */
import { assert } from '../../core/assert.js';
import type { TableMetadata } from '../../iceberg/table-metadata.js';

/** The REST protocol's -1: the one added last. */
const LAST_ADDED = -1;

/**
 * For a commit that asserts `assert-create`, as Iceberg's own create transaction sends it. The
 * endpoint that creates tables is not exact: it numbers the columns anew, and gives a uuid itself.
 */
export function creationUpdates(metadata: TableMetadata): readonly object[] {
  const [schema, ...otherSchemas] = metadata.schemas;
  const [spec, ...otherSpecs] = metadata['partition-specs'];
  assert(
    schema !== undefined && spec !== undefined && otherSchemas.length + otherSpecs.length === 0,
    'a new table has one schema and one partition spec',
  );
  assert(metadata.snapshots.length === 0, 'a new table has no snapshot');
  const order = metadata['sort-orders'].find(
    (one) => one['order-id'] === metadata['default-sort-order-id'],
  );
  assert(order !== undefined, 'the default sort order is one of the table');
  return [
    { action: 'assign-uuid', uuid: metadata['table-uuid'] },
    { action: 'upgrade-format-version', 'format-version': metadata['format-version'] },
    { action: 'add-schema', schema, 'last-column-id': metadata['last-column-id'] },
    { action: 'set-current-schema', 'schema-id': LAST_ADDED },
    { action: 'add-spec', spec },
    { action: 'set-default-spec', 'spec-id': LAST_ADDED },
    { action: 'add-sort-order', 'sort-order': order },
    { action: 'set-default-sort-order', 'sort-order-id': LAST_ADDED },
    { action: 'set-location', location: metadata.location },
    { action: 'set-properties', updates: metadata.properties },
  ];
}
