/** Owns where the time of a load goes: the CPU time of each stage, by leaving out the stages after it. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { ExportFile } from '../../src/export/export-manifest.js';
import { builtParts } from './built-parts.js';
import { KEY_ATTRIBUTES, type MadeExport, type MadeFile } from './make-exports.js';

/** CPU milliseconds for a megabyte (10^6 bytes) of uncompressed text, in one thread. */
export interface Stages {
  readonly gunzip: number;
  readonly profile: number;
  readonly scan: number;
  readonly encode: number;
}

const FORMAT = { kind: 'full' } as const;
const SCAN_OPTIONS = { format: FORMAT, withKeys: false };
/** Enough for what is compiled while it runs to be compiled. */
const TEXT_BYTES = 100e6;

/** Of the first files; each stage twice, and the second time counts. */
export async function measureStages(made: MadeExport): Promise<Stages> {
  const parts = await builtParts();
  const files = firstFiles(made);
  const source = (file: ExportFile): AsyncIterable<Uint8Array> =>
    createReadStream(join(made.folder, file.key)) as AsyncIterable<Uint8Array>;
  const open = (file: ExportFile): Promise<AsyncIterable<Uint8Array>> =>
    Promise.resolve(source(file));

  const evidence = parts.newTableEvidence();
  const profile = await cpuMs(async () => {
    for (const file of files) {
      const seen = await parts.profileFile(source(file), file, KEY_ATTRIBUTES, FORMAT);
      parts.mergeTableEvidence(evidence, seen);
    }
  });
  const wanted = parts.settleSchema(undefined, evidence, KEY_ATTRIBUTES, parts.FIXED);
  const known = parts.evolveSchema(undefined, wanted);
  const [schema, fields] = [parts.tableSchemaOf(known), parts.parquetFieldsOf(known)];

  let bytes = 0;
  const gunzip = await cpuMs(async () => {
    for (const file of files) {
      for await (const chunk of parts.unzipFile(source(file), file)) bytes += chunk.length;
    }
  });
  let rows = 0;
  const scan = await cpuMs(async () => {
    for await (const scanned of parts.scanFiles(files, open, schema, SCAN_OPTIONS)) {
      rows += scanned.rows;
    }
  });
  const encode = await cpuMs(async () => {
    const compression = parts.BEST_COMPRESSION;
    const writer = parts.createParquetWriter({ fields, compression }, () => undefined);
    for await (const scanned of parts.scanFiles(files, open, schema, SCAN_OPTIONS)) {
      const { columns, writtenAtMicros, rest } = scanned;
      await writer.writeRowGroup([...columns, writtenAtMicros, rest], scanned.rows);
    }
    await writer.close();
  });
  if (bytes !== 2 * sum(files, 'textBytes') || rows !== 2 * sum(files, 'itemCount')) {
    throw new Error('a stage has left out a part of its files');
  }
  const perMegabyte = (ms: number): number => ms / (sum(files, 'textBytes') / 1e6);
  return {
    gunzip: perMegabyte(gunzip),
    profile: perMegabyte(profile - gunzip),
    scan: perMegabyte(scan - gunzip),
    encode: perMegabyte(encode - scan),
  };
}

function firstFiles({ files }: MadeExport): readonly MadeFile[] {
  const some: MadeFile[] = [];
  for (const file of files) {
    if (sum(some, 'textBytes') >= TEXT_BYTES) break;
    some.push(file);
  }
  return some;
}

function sum(files: readonly MadeFile[], what: 'textBytes' | 'itemCount'): number {
  return files.reduce((total, file) => total + file[what], 0);
}

async function cpuMs(work: () => Promise<void>): Promise<number> {
  await work();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
