/** Owns finding a table's key attributes, which a full export does not tell. */
import { createInterface } from 'node:readline';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ErrorCode, TidemarkError, messageOf } from '../../core/errors.js';
import type { TableIdentity } from '../../export/table-exports.js';
import { readExport } from '../../processing/read-export.js';
import { openFolder, SUMMARY } from './export-folder.js';
import { inExport, type ExportClaim } from './read-claims.js';

/** Where key attributes may be known from, the surest first. */
export interface KeySources {
  /** From the command line. */
  readonly given: readonly string[] | undefined;
  /** Of what the lake has. */
  readonly committed: readonly string[] | undefined;
  /** The windows to be loaded. */
  readonly windows: readonly ExportClaim[];
  /** Asks DynamoDB for the exports' own table; undefined when it cannot be had. */
  readonly describe: () => Promise<TableIdentity | undefined>;
  readonly trustManifests: boolean;
}

/**
 * The key attributes, partition key first. InvalidUsage when nobody knows them, or when two sources
 * differ: rows under a wrong key would take each other's place.
 */
export async function findKeys(sources: KeySources): Promise<readonly string[]> {
  const { given, committed, windows } = sources;
  if (given !== undefined && committed !== undefined && given.join('\n') !== committed.join('\n')) {
    throw contradiction('the lake', committed, given);
  }
  const known = given ?? committed;
  const recorded = await keysOfFirstRecord(windows, sources.trustManifests);
  const only = recorded?.names.length === 1 ? recorded.names : undefined;
  const keys = known ?? only ?? (await sources.describe())?.keyAttributes;
  if (keys === undefined) throw unknown(recorded?.names);
  if (
    recorded !== undefined &&
    [...recorded.names].sort().join('\n') !== [...keys].sort().join('\n')
  ) {
    throw contradiction(recorded.place, recorded.names, keys);
  }
  return keys;
}

interface RecordedKeys {
  readonly names: readonly string[];
  readonly place: string;
}

/** In no order that means anything; undefined when no window has a record. */
async function keysOfFirstRecord(
  windows: readonly ExportClaim[],
  trustManifests: boolean,
): Promise<RecordedKeys | undefined> {
  const window = windows.find(({ itemCount }) => itemCount > 0);
  if (window === undefined) return undefined;
  const { folder, place } = window;
  return inExport(folder, async () => {
    const store = openFolder(folder);
    const { files } = await readExport({ store, manifestKey: SUMMARY, trustManifests });
    const file = files.find(({ itemCount }) => itemCount > 0);
    const source = file && (await store.openRead(file.key));
    if (source === undefined) return undefined;
    const line = await firstLine(source, file?.key ?? '');
    return { names: keyNames(line, file?.key ?? ''), place };
  });
}

async function firstLine(source: AsyncIterable<Uint8Array>, key: string): Promise<string> {
  const gunzip = createGunzip();
  // The reader of gunzip gets the error; there is nobody else to tell.
  pipeline(Readable.from(source, { objectMode: false }), gunzip, () => undefined);
  try {
    for await (const line of createInterface({ input: gunzip })) return line;
    return '';
  } catch (cause) {
    throw corrupt(key, `cannot be read (${messageOf(cause)})`);
  } finally {
    gunzip.destroy();
  }
}

function keyNames(line: string, key: string): readonly string[] {
  try {
    const { Keys } = JSON.parse(line) as { readonly Keys: Readonly<Record<string, unknown>> };
    return Object.keys(Keys);
  } catch {
    throw corrupt(key, 'has a first line without Keys');
  }
}

function corrupt(key: string, problem: string): TidemarkError {
  return new TidemarkError(`Data file ${key} ${problem}.`, {
    code: ErrorCode.CorruptExport,
    subject: key,
    hint: 'Check that nobody changed the export, then let a new export be taken.',
  });
}

function contradiction(
  who: string,
  theirs: readonly string[],
  ours: readonly string[],
): TidemarkError {
  return new TidemarkError(
    `The key is ${quoted(theirs)} in ${who}, and would be ${quoted(ours)} in this load.`,
    {
      code: ErrorCode.InvalidUsage,
      subject: who,
      hint: 'Nothing was committed. Correct --partition-key and --sort-key, or load into another lake.',
    },
  );
}

function unknown(names: readonly string[] | undefined): TidemarkError {
  const seen =
    names === undefined
      ? 'a full export does not tell them'
      : `they are ${quoted(names)}, but which is the partition key?`;
  return new TidemarkError(
    `The table's key attributes are not known: ${seen}.`.replace('?.', '?'),
    {
      code: ErrorCode.InvalidUsage,
      subject: 'key',
      hint: 'Give --partition-key NAME, and --sort-key NAME if the table has one.',
    },
  );
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(' and ');
}
