/** Owns which DAG is meant by what stands on the command line: an id, or a path to a DAG file. */
import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { didYouMean } from '../../config/nearest-name.js';
import { ErrorCode, messageOf, TidemarkError } from '../../core/errors.js';
import { loadDagFile, readProjectDags, type LoadedDag } from '../../dag-files/load-dags.js';
import type { Scope } from '../scope.js';

/** How the argument is told of in every command's help. */
export const DAG_ARGUMENT = 'id of a DAG, or path of its file (file#id where it holds several)';

/** Where the project's DAG files are looked for: beside its configuration. */
export function projectDirectory({ configPath }: Pick<Scope, 'configPath'>): string {
  return configPath === undefined ? process.cwd() : dirname(configPath);
}

/** The DAG from its file; NotFound tells which DAGs there are, and which files do not load. */
export async function findLoadedDag(scope: Scope, name: string): Promise<LoadedDag> {
  if (isPath(name)) return dagOfPath(name);
  const { dags, problems } = await readProjectDags(scope.config, projectDirectory(scope));
  const found = dags.find(({ dag }) => dag.id === name);
  if (found !== undefined) return found;
  const known = dags.map(({ dag }) => dag.id);
  const message = [`No DAG file here defines ${name}.`, ...problems.map(messageOf)].join('\n');
  throw new TidemarkError(message, {
    code: ErrorCode.NotFound,
    subject: name,
    hint: dagsHint(name, known),
  });
}

/**
 * The id that is meant, and the DAG where its file is at hand. An id whose file is not here may still
 * be deployed, so files that do not load are no trouble.
 */
export async function findDagId(
  scope: Scope,
  name: string,
): Promise<{ readonly id: string; readonly loaded: LoadedDag | undefined }> {
  if (isPath(name)) {
    const loaded = await dagOfPath(name);
    return { id: loaded.dag.id, loaded };
  }
  const { dags } = await readProjectDags(scope.config, projectDirectory(scope));
  return { id: name, loaded: dags.find(({ dag }) => dag.id === name) };
}

/** `Did you mean "orders"? DAGs here: orders, prices.` */
export function dagsHint(name: string, known: readonly string[]): string {
  if (known.length === 0) {
    return 'No DAG file was found: put one in dags/, or name yours by dags in tidemark.config.ts.';
  }
  const list = `There are: ${known.slice(0, 10).join(', ')}${known.length > 10 ? ', …' : ''}.`;
  return [didYouMean(name, known), list].filter((part) => part !== '').join(' ');
}

function isPath(name: string): boolean {
  return /[\\/]|\.[mc]?[jt]s(#|$)/.test(name);
}

async function dagOfPath(name: string): Promise<LoadedDag> {
  const [path = '', id] = name.split('#');
  const file = resolve(path);
  if (!existsSync(file)) {
    throw new TidemarkError(`There is no DAG file ${path}.`, {
      code: ErrorCode.NotFound,
      subject: path,
      hint: 'Give the path from the working directory, or the id of a DAG.',
    });
  }
  const dags = await loadDagFile(file, process.cwd());
  const [first] = dags;
  const found = id === undefined ? first : dags.find(({ dag }) => dag.id === id);
  if (found !== undefined && (id !== undefined || dags.length === 1)) return found;
  const ids = dags.map(({ dag }) => dag.id).sort();
  const shown = relative(process.cwd(), file);
  throw new TidemarkError(
    id === undefined
      ? `${shown} holds several DAGs: ${ids.join(', ')}.`
      : `${shown} holds no DAG ${id}.`,
    {
      code: id === undefined ? ErrorCode.InvalidUsage : ErrorCode.NotFound,
      subject: name,
      hint: id === undefined ? `Say which: ${path}#${String(ids[0])}` : dagsHint(id, ids),
    },
  );
}
