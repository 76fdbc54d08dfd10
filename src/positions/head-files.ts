/** Owns the heads in an index's directory: the newest counts, and a new one comes or does not. */
import { randomUUID } from 'node:crypto';
import { link, open, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { errnoOf } from './disk-trouble.js';
import {
  decodeHead,
  encodeHead,
  headName,
  newestSequence,
  stagedName,
  unusedNames,
  type Head,
} from './head.js';

/** The head is there; or whoever put it there has removed the staged one that came too late. */
const OVERTAKEN = new Set(['EEXIST', 'ENOENT']);

/** The sequence of the newest head in `directory`; 0 when there is none. */
export async function readNewestSequence(directory: string): Promise<number> {
  return newestSequence(await readdir(directory));
}

/** The head at `sequence`; fails with ENOENT once a newer one took its place. */
export async function readHead(directory: string, sequence: number): Promise<Head> {
  return decodeHead(await readFile(join(directory, headName(sequence)), 'utf8'), sequence);
}

/**
 * Makes `head` the newest, durably, and removes what nobody needs any more. Its runs must be on
 * disk. False when another process was first; also, rarely, when another put its own on top at
 * once: what the newest head says then tells.
 */
export async function commitHead(directory: string, head: Head): Promise<boolean> {
  const stagedPath = join(directory, stagedName(head.sequence, randomUUID()));
  try {
    await writeDurably(stagedPath, encodeHead(head));
    // The commit point: a link never replaces a file, so of two processes one gets the sequence.
    await link(stagedPath, join(directory, headName(head.sequence)));
  } catch (error) {
    if (OVERTAKEN.has(errnoOf(error) ?? '')) return false;
    throw error;
  } finally {
    await rm(stagedPath, { force: true });
  }
  // Whoever fell behind by more than one finds the name free again, and comes too late all the same:
  // nobody looks at a head that is not the newest.
  if ((await readNewestSequence(directory)) !== head.sequence) return false;
  await syncDirectory(directory);
  await removeUnused(directory, head);
  return true;
}

async function removeUnused(directory: string, head: Head): Promise<void> {
  const unused = unusedNames(await readdir(directory), head);
  await Promise.all(
    unused.map((name) => rm(join(directory, name), { recursive: true, force: true })),
  );
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
