/** Owns a folder in which `tidemark load` is run: a copy of somebody's exports, and the lake. */
import { expect } from '@jest/globals';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import { watermarkOf } from '../../src/lake/load.js';
import type { ExportedTable, TakenExport } from './exported-table.js';
import { lakeItems } from './modelled-table.js';
import { runCli, type CliEnd } from './run-cli.js';

/** Nothing answers there: what a load can do without AWS, it does. */
export const WITHOUT_AWS = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
};
/** What every load here is told. */
export const INTO_LAKE = ['--table', 'orders', '--lake', 'lake'];

/** The folder; `copy` in it is what a copy of their bucket would be. */
export class LoadFolder {
  readonly directory: string;
  readonly #exported: ExportedTable;

  private constructor(directory: string, exported: ExportedTable) {
    this.directory = directory;
    this.#exported = exported;
  }

  static async make(exported: ExportedTable): Promise<LoadFolder> {
    const directory = await mkdtemp(join(tmpdir(), 'tidemark-load-'));
    await cp(exported.directory, join(directory, 'copy'), { recursive: true });
    return new LoadFolder(directory, exported);
  }

  /** The path of an export's copy, as it is given on the command line. */
  copyOf({ folder }: TakenExport): string {
    return join('copy', relative(this.#exported.directory, folder));
  }

  /** The copy of the full export, then those of the windows. */
  copies(): readonly string[] {
    const { full, windows } = this.#exported;
    return [full, ...windows].map((taken) => this.copyOf(taken));
  }

  load(...args: readonly string[]): Promise<CliEnd> {
    return runCli(this.directory, ['load', ...args, ...INTO_LAKE], WITHOUT_AWS);
  }

  /** Answers what it said; fails unless the load went well. */
  async loadWell(...args: readonly string[]): Promise<string> {
    const ended = await this.load(...args);
    expect(ended).toMatchObject({ code: 0 });
    return ended.stdout;
  }

  /** Fails unless the load is refused with `code`: a sentence and a hint, no stack, no answer. */
  async expectRefusal(
    args: readonly string[],
    { code, says, hint }: { readonly code: number; readonly says: RegExp; readonly hint: string },
  ): Promise<void> {
    const ended = await this.load(...args);
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(says);
    expect(ended.stderr).toContain(hint);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  }

  expectNothingCommitted(): void {
    expect(existsSync(join(this.directory, 'lake'))).toBe(false);
  }

  /** Fails unless the lake holds what the table held after the first `windows` windows. */
  async expectLake(windows: number): Promise<void> {
    const last = [this.#exported.full, ...this.#exported.windows][windows]!;
    const items = await lakeItems(createFileObjectStore({ directory: this.directory }), 'orders');
    expect(items).toEqual(this.#exported.stateAt(watermarkOf(last.scope)));
  }

  /** Changes the text of a file of an export's copy, its `.md5` left as it was. */
  async edit(copy: string, name: string, change: (text: string) => string): Promise<void> {
    const path = join(this.directory, copy, name);
    const text = await readFile(path, 'utf8');
    expect(change(text)).not.toBe(text);
    await writeFile(path, change(text));
  }

  /** The path of the first data file with records of an export's copy. */
  async dataFileOf(copy: string): Promise<string> {
    const list = await readFile(join(this.directory, copy, 'manifest-files.json'), 'utf8');
    const files = list
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { itemCount: number; dataFileS3Key: string });
    const { dataFileS3Key } = files.find(({ itemCount }) => itemCount > 0)!;
    return join(this.directory, 'copy', dataFileS3Key);
  }

  /** Every file of the lake, and its size. */
  async lakeFiles(): Promise<readonly string[]> {
    const found: string[] = [];
    const store = createFileObjectStore({ directory: this.directory });
    for await (const { key, sizeBytes } of store.list('lake/')) found.push(`${key} ${sizeBytes}`);
    return found;
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}
