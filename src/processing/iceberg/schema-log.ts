/** Owns the log of a table's columns: which came with which load, of what type, and why. */
import { z } from 'zod';
import type { AddedColumn, EvolvedSchema } from '../../iceberg/evolve-schema.js';
import type { Snapshot, TableMetadata } from '../../iceberg/table-metadata.js';
import { watermarkOf, type Load } from '../../lake/load.js';

/** A property: what the load in work, or the last that brought any, has added. */
const LAST_CHANGE = 'tidemark.schema-change';
/** An entry of a snapshot's summary: what its load added. */
const CHANGES = 'tidemark.schema-changes';
/** A table may gain a thousand columns at once; their names are in its schema in any case. */
const MOST_TOLD = 50;

const EVENT = z.object({
  exportArn: z.string(),
  added: z.array(z.object({ path: z.string(), type: z.string(), reason: z.string() })),
});

/** The property for columns that `load` adds before its rows are committed. */
export function schemaEvent(
  load: Load,
  metadata: TableMetadata,
  { added }: EvolvedSchema,
): Readonly<Record<string, string>> {
  const { exportArn, scope } = load;
  const all = [...addedBy(load, metadata), ...added];
  return {
    [LAST_CHANGE]: JSON.stringify({ exportArn, watermark: watermarkOf(scope), added: all }),
  };
}

/** The summary's entry for the commit of `load`; none when it added nothing. */
export function schemaChanges(
  load: Load,
  metadata: TableMetadata,
  restarted: EvolvedSchema | undefined,
): Readonly<Record<string, string>> {
  const added = restarted?.added ?? addedBy(load, metadata);
  if (added.length === 0) return {};
  const told = added.slice(0, MOST_TOLD).map(({ path, type, reason }) => ({
    column: path,
    type,
    reason,
  }));
  const left = added.length - told.length;
  return { [CHANGES]: JSON.stringify(left === 0 ? told : [...told, { more: left }]) };
}

/** The entry of a snapshot's summary, as it is. */
export function schemaChangesIn(summary: Snapshot['summary']): string | undefined {
  return summary[CHANGES];
}

function addedBy({ exportArn }: Load, { properties }: TableMetadata): readonly AddedColumn[] {
  try {
    const event = EVENT.parse(JSON.parse(properties[LAST_CHANGE] ?? 'null'));
    return event.exportArn === exportArn ? event.added : [];
  } catch {
    // Whoever changed the property changed a log; no row depends on it.
    return [];
  }
}
