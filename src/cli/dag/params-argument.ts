/** Owns params on the command line: JSON, or a file of it, checked by the DAG's own schema. */
import { readFile } from 'node:fs/promises';
import { ErrorCode, messageOf, TidemarkError } from '../../core/errors.js';
import type { Dag, Json } from '../../dag/index.js';

/** How the option is told of in help. */
export const PARAMS_OPTION = [
  '--params <json>',
  'params as JSON, or @file to read them from',
] as const;

/** Reads `--params`; undefined when it was not given. */
export async function readParams(text: string | undefined): Promise<Json | undefined> {
  if (text === undefined) return undefined;
  const json = text.startsWith('@') ? await contentOf(text.slice(1)) : text;
  try {
    return JSON.parse(json) as Json;
  } catch (cause) {
    throw new TidemarkError(`The params are no JSON: ${messageOf(cause)}.`, {
      code: ErrorCode.InvalidUsage,
      subject: '--params',
      hint: `Quote them for the shell: --params '{"table": "orders"}', or use --params @file.`,
      cause,
    });
  }
}

/**
 * What the DAG's schema makes of `params` (of none when undefined); undefined when it takes none.
 * InvalidUsage tells each problem.
 */
export function checkParams(dag: Dag, params: Json | undefined): Json | undefined {
  if (dag.params === undefined) {
    if (params === undefined || isEmpty(params)) return undefined;
    throw new TidemarkError(`DAG ${dag.id} takes no params.`, {
      code: ErrorCode.InvalidUsage,
      subject: dag.id,
      hint: 'Leave --params out, or declare `params` in the DAG.',
    });
  }
  try {
    return dag.params.parse(params ?? {}) as Json;
  } catch (cause) {
    const problems = issuesOf(cause).map(({ path, message }) => {
      const where = path.length === 0 ? 'The params' : `params.${path.map(String).join('.')}`;
      return `${where}: ${message.replace(/\.?$/, '.')}`;
    });
    throw new TidemarkError(
      problems.length === 0 ? `The params do not fit: ${messageOf(cause)}` : problems.join('\n'),
      {
        code: ErrorCode.InvalidUsage,
        subject: dag.id,
        hint: `\`params\` of DAG ${dag.id} says what they may be.`,
        cause,
      },
    );
  }
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new TidemarkError(`${file} cannot be read: ${messageOf(cause)}.`, {
      code: ErrorCode.InvalidUsage,
      subject: file,
      cause,
    });
  }
}

function isEmpty(params: Json): boolean {
  return params === null || (typeof params === 'object' && Object.keys(params).length === 0);
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The issues of a schema's error, as zod and its like tell them; none from any other. */
function issuesOf(thrown: unknown): readonly Issue[] {
  const { issues } = Object(thrown) as { readonly issues?: unknown };
  return Array.isArray(issues) ? (issues as readonly Issue[]) : [];
}
