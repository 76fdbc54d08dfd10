/** Owns the record, in a table's properties, of what its last full load was told to make of it. */
import { z } from 'zod';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { ExportScope } from '../../export/table-exports.js';
import type { TableMetadata } from '../../iceberg/table-metadata.js';
import { FORMAT_VERSIONS, NESTED, type TableOptions } from '../../lake/table-options.js';

const OPTIONS_PROPERTY = 'tidemark.options';

/** The property by which a full load records its options. */
export function optionsProperty(options: TableOptions): Readonly<Record<string, string>> {
  return { [OPTIONS_PROPERTY]: optionsText(options) };
}

/** Equal for equal choices that come from one place. */
export function optionsText(options: TableOptions): string {
  return JSON.stringify(options);
}

/** A full load goes by `given`; a window by what the full load before it recorded. */
export function optionsFor(
  scope: ExportScope,
  given: TableOptions,
  metadata: TableMetadata,
): TableOptions {
  return scope.kind === 'full' ? given : recordedOptions(metadata);
}

/** What the full load before recorded; none of a history, which has no record. CorruptLake when it cannot be read. */
export function recordedOptions(metadata: TableMetadata): TableOptions {
  const recorded = readOptions(metadata);
  if (recorded !== undefined) return recorded;
  throw new TidemarkError(
    `The property ${OPTIONS_PROPERTY} of table ${metadata.location} cannot be read.`,
    {
      code: ErrorCode.CorruptLake,
      subject: metadata.location,
      hint: 'Restore it from an earlier metadata file, or begin anew by a resync.',
    },
  );
}

/** As {@link recordedOptions}; undefined when the record cannot be read. */
export function readOptions({ properties }: TableMetadata): TableOptions | undefined {
  const text = properties[OPTIONS_PROPERTY];
  return text === undefined ? {} : RECORD.safeParse(text).data;
}

const RECORD = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'is not JSON' });
      return z.NEVER;
    }
  })
  .pipe(
    z.object({
      columns: z.record(z.string(), z.string()).exactOptional(),
      nested: z.enum(NESTED).exactOptional(),
      omit: z.array(z.string()).exactOptional(),
      hash: z.array(z.string()).exactOptional(),
      changes: z.boolean().exactOptional(),
      formatVersion: z.literal(FORMAT_VERSIONS).exactOptional(),
      partitionBy: z.array(z.string()).exactOptional(),
    }),
  );
