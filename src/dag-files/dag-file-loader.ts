/** Owns running a DAG file: TypeScript or not, ESM or not, wherever it lies. */
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { createJiti } from 'jiti';
import * as zod from 'zod';
import * as tidemark from '../authoring.js';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { Dag } from '../dag/index.js';

/** Loads DAG files of one project; a module that two of them import is loaded once. */
export interface DagFileLoader {
  /**
   * The DAGs that the module at `path` exports, by default or by name, each once. InvalidConfig
   * tells file, line and cause when it does not load.
   */
  load(path: string): Promise<readonly Dag[]>;
}

/** A loader for the project in `directory`; errors name files from there. */
export function createDagFileLoader(directory: string): DagFileLoader {
  const jiti = createJiti(join(directory, 'tidemark.config.ts'), {
    // With it on, a module with a default export passes for that export itself.
    interopDefault: false,
    // Handed over, not loaded anew: an error of a task's body is known by its class.
    virtualModules: {
      tidemark,
      // A project's own zod comes first; one that has none still gets params with a schema.
      ...(canResolve(directory, 'zod') ? {} : { zod }),
    },
  });
  return {
    async load(path) {
      try {
        const module: unknown = await jiti.import(path);
        const exported: readonly unknown[] = Object.values(module ?? {});
        return [...new Set([module, ...exported])].filter(isDag);
      } catch (cause) {
        throw loadError(cause, path, directory);
      }
    },
  };
}

function canResolve(directory: string, name: string): boolean {
  try {
    createRequire(join(directory, 'tidemark.config.ts')).resolve(name);
    return true;
  } catch {
    return false;
  }
}

function isDag(value: unknown): value is Dag {
  if (typeof value !== 'object' || value === null) return false;
  const { graph, bodies } = value as Partial<Dag>;
  return graph?.version === 1 && typeof bodies === 'object';
}

/** A wrong definition tells its own file and line; anything else is given them here. */
function loadError(cause: unknown, path: string, directory: string): TidemarkError {
  if (cause instanceof TidemarkError) return cause;
  const name = relative(directory, path);
  const { message = String(cause), stack = '' } = partsOf(cause);
  const line = lineOf(`${stack}\n${message}`, path);
  const where = line === undefined ? name : `${name}:${line}`;
  const text = (message.split('\n')[0] ?? '').replaceAll(`${path}: `, '').trim().replace(/\.$/, '');
  return new TidemarkError(`${where} could not be loaded: ${text}.`, {
    code: ErrorCode.InvalidConfig,
    subject: path,
    hint: 'A DAG file is a module that exports what dag(…) returned.',
    cause,
  });
}

/** Not by `instanceof`: an error may come from another realm, as jest's do. */
function partsOf(cause: unknown): { readonly message?: string; readonly stack?: string } {
  return Object(cause) as { readonly message?: string; readonly stack?: string };
}

/** The line of `path` that an error was thrown on, or that a syntax error points at. */
function lineOf(trace: string, path: string): string | undefined {
  const escaped = path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`${escaped}:(\\d+)`).exec(trace)?.[1] ?? /\((\d+):\d+\)/.exec(trace)?.[1];
}
