/** Owns which partition spec the files of a table lie in that are written by us. */
import { isDeepStrictEqual } from 'node:util';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { TableCommit } from '../../iceberg/catalog.js';
import type { EvolvedSchema } from '../../iceberg/evolve-schema.js';
import { hasColumnsFor, specCommitOf, specOfTerms } from '../../iceberg/partition-spec.js';
import { knownTableOf, type KnownTable } from '../../iceberg/table-columns.js';
import type { PartitionSpec, TableMetadata } from '../../iceberg/table-metadata.js';
import { parsePartitionTerm, type PartitionTerm } from '../../lake/partition-term.js';
import type { TableOptions } from '../../lake/table-options.js';
import { readOptions, recordedOptions } from './recorded-options.js';

/** A schema that begins anew, and the partition spec on its columns. */
export interface RestartedTable extends EvolvedSchema {
  readonly spec: PartitionSpec;
}

/** The terms by which the rows of a table with `options` are parted; InvalidConfig for what is none. */
export function partitionTermsOf({ partitionBy = [] }: TableOptions): readonly PartitionTerm[] {
  return partitionBy.map((text) => {
    const term = parsePartitionTerm(text);
    if (typeof term !== 'string') return term;
    throw new TidemarkError(`partitionBy has "${text}"; it must be ${term}.`, {
      code: ErrorCode.InvalidConfig,
      subject: 'partitionBy',
    });
  });
}

/**
 * The spec of `terms`; while one of them has no column yet, as in a table without rows, or none any
 * more, the one that parts nothing.
 */
function possibleSpec(
  known: KnownTable,
  terms: readonly PartitionTerm[],
  metadata?: TableMetadata,
): PartitionSpec {
  return specOfTerms(known, hasColumnsFor(known, terms) ? terms : [], metadata);
}

/** The spec of what a table records; it may be one that the table has not yet. */
export function ownSpec(metadata: TableMetadata): PartitionSpec {
  const terms = partitionTermsOf(recordedOptions(metadata));
  return possibleSpec(knownTableOf(metadata), terms, metadata);
}

/** Whether all values of a load were seen, or others may still bring columns that there are not yet. */
export type Certainty = 'all-known' | 'more-to-come';

/**
 * The spec of a load's files. InvalidConfig when all is known and rows cannot be parted by its terms:
 * one is misspelt then, unless the table took them before. To a table whose last item with such an
 * attribute is gone, a resync brings none, and must not stop at that.
 */
export function chooseSpec(
  known: KnownTable,
  options: TableOptions,
  certainty: Certainty,
  metadata?: TableMetadata,
): PartitionSpec {
  const terms = partitionTermsOf(options);
  const mustHold =
    certainty === 'all-known' && (metadata === undefined || isChosenAnew(metadata, terms));
  return mustHold ? specOfTerms(known, terms, metadata) : possibleSpec(known, terms, metadata);
}

/**
 * What makes `spec` the one that engines write by, if it is new, or was chosen just now. Otherwise
 * somebody else may have chosen another, for what they write.
 */
export function leadBy(
  metadata: TableMetadata,
  spec: PartitionSpec,
  options: TableOptions,
): TableCommit {
  const isThere = metadata['partition-specs'].some((each) => each['spec-id'] === spec['spec-id']);
  const isChosen = isChosenAnew(metadata, partitionTermsOf(options));
  return isThere && !isChosen ? { requirements: [], updates: [] } : specCommitOf(metadata, spec);
}

/** Whether the full load before was given other terms, or nobody can read which. */
function isChosenAnew(metadata: TableMetadata, terms: readonly PartitionTerm[]): boolean {
  const recorded = readOptions(metadata);
  return recorded === undefined || !isDeepStrictEqual(partitionTermsOf(recorded), terms);
}
