/** Owns which files are DAG files: those named, those of directories, those that globs match. */
import { stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import type { TidemarkConfig } from '../config/tidemark-config.js';
import { ErrorCode, TidemarkError } from '../core/errors.js';

const DEFAULT_DIRECTORY = 'dags';
const MODULES = '*.{ts,mts,cts,js,mjs,cjs}';
const NOT_DAGS = ['**/*.d.{ts,mts,cts}', '**/*.test.*', '**/node_modules/**'];

/**
 * Absolute paths of the DAG files that `config` names, in order and each once. A directory stands for
 * the modules directly in it. InvalidConfig when a path or a glob leads to nothing.
 */
export async function findDagFiles(
  config: Pick<TidemarkConfig, 'dags'>,
  directory: string,
): Promise<readonly string[]> {
  if (config.dags === undefined) {
    const usual = join(directory, DEFAULT_DIRECTORY);
    return (await kindOf(usual)) === 'directory' ? filesOf(usual) : [];
  }
  const found = await Promise.all(
    [config.dags].flat().map((path) => filesAt(resolve(directory, path), directory)),
  );
  return [...new Set(found.flat())];
}

async function filesAt(path: string, directory: string): Promise<readonly string[]> {
  const kind = await kindOf(path);
  if (kind === 'file') return [path];
  const files =
    kind === 'directory'
      ? await filesOf(path)
      : isDynamicPattern(path)
        ? await matches(path, directory)
        : [];
  if (files.length > 0) return files;
  const name = relative(directory, path) || '.';
  const what = kind === 'directory' ? `${name} holds no DAG file` : `There is no DAG file ${name}`;
  throw new TidemarkError(`${what}.`, {
    code: ErrorCode.InvalidConfig,
    subject: path,
    hint: 'dags in tidemark.config.ts, or TIDEMARK_DAGS, names files, directories or globs.',
  });
}

function filesOf(directory: string): Promise<readonly string[]> {
  return matches(MODULES, directory);
}

async function matches(pattern: string, cwd: string): Promise<readonly string[]> {
  return (await glob(pattern, { cwd, absolute: true, ignore: NOT_DAGS })).sort();
}

async function kindOf(path: string): Promise<'file' | 'directory' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'file';
  } catch {
    return undefined;
  }
}
