/** Owns what the newest head of an index says: the snapshot it stands for, and the runs that hold it. */
import { crc32 } from 'node:zlib';

import { z } from 'zod';

import { DamagedError } from './damaged-error.js';

/** Changes with the form of heads, so that what an older version wrote is dropped. */
const FORMAT = 1;

/** A run as a head names it. */
export interface RunInfo {
  readonly name: string;
  readonly entries: number;
  readonly sizeBytes: number;
}

/** The state of an index. A key's newest entry counts, and none that names a removed file. */
export interface Head {
  /** Rises by one with every change. */
  readonly sequence: number;
  readonly tableUuid: string;
  /** Undefined: it stands for nothing, and has no runs. */
  readonly snapshotId: bigint | undefined;
  /** The oldest first. */
  readonly runs: readonly RunInfo[];
  /** Files that entries may still name though the table no longer has them. */
  readonly removedFiles: readonly string[];
}

const SEQUENCE = String.raw`(\d{15})`;
const UUID = String.raw`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`;
const HEAD_NAME = new RegExp(`^head-${SEQUENCE}$`);
const RUN_NAME = new RegExp(`^run-${SEQUENCE}-${UUID}$`);
const STAGED_NAME = new RegExp(`^staged-${SEQUENCE}-${UUID}$`);

const headSchema = z.object({
  format: z.literal(FORMAT),
  tableUuid: z.string(),
  snapshotId: z.string().regex(/^\d+$/).optional(),
  runs: z.array(
    z.object({
      name: z.string().regex(RUN_NAME),
      entries: z.number().int().nonnegative(),
      sizeBytes: z.number().int().nonnegative(),
    }),
  ),
  removedFiles: z.array(z.string()),
});

/** The name of the head that comes at `sequence`. */
export function headName(sequence: number): string {
  return `head-${paddedOf(sequence)}`;
}

/** The name of a head that is being written, to come at `sequence`. */
export function stagedName(sequence: number, uuid: string): string {
  return `staged-${paddedOf(sequence)}-${uuid}`;
}

/** The name of a run that the head at `sequence` is to be the first to name. */
export function runName(sequence: number, uuid: string): string {
  return `run-${paddedOf(sequence)}-${uuid}`;
}

/** The sequence of the newest of the heads among `names`; 0 when there is none. */
export function newestSequence(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => sequenceOf(HEAD_NAME, name) ?? 0));
}

/**
 * Which of `names` nobody needs once `head` is there: older heads, and what was written for a head
 * up to this one and is not named by it. What is written for a later head belongs to somebody.
 */
export function unusedNames(names: readonly string[], head: Head): string[] {
  const inUse = new Set(head.runs.map((run) => run.name));
  return names.filter((name) => {
    const asHead = sequenceOf(HEAD_NAME, name);
    if (asHead !== undefined) return asHead < head.sequence;
    const written = sequenceOf(RUN_NAME, name) ?? sequenceOf(STAGED_NAME, name);
    return written !== undefined && written <= head.sequence && !inUse.has(name);
  });
}

/** A head as text: a line of JSON, and its checksum. */
export function encodeHead({ tableUuid, snapshotId, runs, removedFiles }: Head): string {
  const content = { tableUuid, snapshotId: snapshotId?.toString(), runs, removedFiles };
  return withChecksum(JSON.stringify({ format: FORMAT, ...content }));
}

/** Reads {@link encodeHead}'s text. */
export function decodeHead(text: string, sequence: number): Head {
  const [json = ''] = text.split('\n', 1);
  if (text !== withChecksum(json)) throw new DamagedError('A head is not as it was written.');
  const parsed = headSchema.safeParse(parseJson(json));
  if (!parsed.success) throw new DamagedError('A head is of another version.');
  const { tableUuid, snapshotId, runs, removedFiles } = parsed.data;
  const snapshot = snapshotId === undefined ? undefined : BigInt(snapshotId);
  return { sequence, tableUuid, snapshotId: snapshot, runs, removedFiles };
}

function withChecksum(json: string): string {
  return `${json}\n${crc32(json)}\n`;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new DamagedError('A head is no JSON.');
  }
}

function paddedOf(sequence: number): string {
  return String(sequence).padStart(15, '0');
}

function sequenceOf(pattern: RegExp, name: string): number | undefined {
  const digits = pattern.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
