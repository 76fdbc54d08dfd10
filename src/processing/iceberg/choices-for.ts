/** Owns which choices of columns count for a load, and whether this process can keep to them. */
import type { TableIdentity } from '../../export/table-exports.js';
import { knownTableOf, tableSchemaOf } from '../../iceberg/table-columns.js';
import type { TableMetadata } from '../../iceberg/table-metadata.js';
import { checkTableOptions, columnChoices, type ColumnChoices } from '../../lake/column-choices.js';
import type { Load } from '../../lake/load.js';
import type { TableOptions } from '../../lake/table-options.js';
import { hashKeyId, requireHashKey } from '../hash-value.js';
import { optionsFor } from './recorded-options.js';

/** What a load's rows are made by. */
export interface LoadChoices {
  readonly options: TableOptions;
  readonly columns: ColumnChoices;
}

/**
 * The choices of a load: `given` for a full one, what the table records for a window. InvalidConfig
 * where they cannot be met, or where `hashKey` is not the one that the table's hashes were made with:
 * with another, equal values would have two hashes.
 */
export function choicesFor(
  load: Load,
  given: TableOptions,
  {
    tableName,
    metadata,
    hashKey,
  }: {
    readonly tableName: string;
    /** Undefined while there is no table. */
    readonly metadata: TableMetadata | undefined;
    readonly hashKey: string | undefined;
  },
): LoadChoices {
  const isWindow = load.scope.kind === 'incremental';
  const options = metadata === undefined ? given : optionsFor(load.scope, given, metadata);
  const choices = checkedChoices(
    options,
    { tableName, keyAttributes: load.keyAttributes },
    hashKey,
  );
  if (isWindow && metadata !== undefined) {
    requireHashKey(tableName, tableSchemaOf(knownTableOf(metadata)), hashKey);
  }
  return choices;
}

/** The choices in `options`; InvalidConfig where no load of the table could keep to them. */
export function checkedChoices(
  options: TableOptions,
  { tableName, keyAttributes }: Pick<TableIdentity, 'tableName' | 'keyAttributes'>,
  hashKey: string | undefined,
): LoadChoices {
  checkTableOptions(options, tableName, keyAttributes);
  const keyId = hashKey === undefined ? undefined : hashKeyId(hashKey);
  return { options, columns: columnChoices(options, keyId, tableName) };
}
