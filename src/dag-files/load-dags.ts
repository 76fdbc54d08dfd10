/** Owns loading all DAGs of a project, and what no two of them may have in common. */
import { relative } from 'node:path';
import type { TidemarkConfig } from '../config/tidemark-config.js';
import { ErrorCode, messageOf, TidemarkError } from '../core/errors.js';
import type { Dag } from '../dag/index.js';
import { createDagFileLoader } from './dag-file-loader.js';
import { findDagFiles } from './find-dag-files.js';

/** A DAG and the absolute path of the file that exports it. */
export interface LoadedDag {
  readonly dag: Dag;
  readonly file: string;
}

/** What a project's DAG files hold, as far as they can be used. */
export interface ProjectDags {
  /** Every file that was looked at. */
  readonly files: readonly string[];
  readonly dags: readonly LoadedDag[];
  /** What is wrong, file by file. */
  readonly problems: readonly TidemarkError[];
}

/**
 * The DAGs of a project, by `config.dags` from `directory`. InvalidConfig tells all that is wrong:
 * files that do not load or hold no DAG, ids used twice, pools of two sizes.
 */
export async function loadDags(
  config: Pick<TidemarkConfig, 'dags'>,
  directory: string,
): Promise<readonly LoadedDag[]> {
  const { dags, problems } = await readProjectDags(config, directory);
  const [problem] = problems;
  if (problem === undefined) return dags;
  if (problems.length === 1) throw problem;
  throw new TidemarkError(problems.map(messageOf).join('\n'), {
    code: ErrorCode.InvalidConfig,
    subject: 'dags',
    hint: 'Mend these files; `tidemark dag list` shows the DAGs that can be used.',
    cause: problem,
  });
}

/** The same with the problems beside the DAGs that have none. */
export async function readProjectDags(
  config: Pick<TidemarkConfig, 'dags'>,
  directory: string,
): Promise<ProjectDags> {
  const loader = createDagFileLoader(directory);
  const files = await findDagFiles(config, directory);
  const dags: LoadedDag[] = [];
  const problems: TidemarkError[] = [];
  // One after another: a module that two files share is then loaded once.
  for (const file of files) {
    try {
      for (const dag of await dagsOf(loader.load(file), relative(directory, file))) {
        // A file that collects the DAGs of others exports the same ones, not others.
        if (dags.some((known) => known.dag === dag)) continue;
        checkAgainst(dags, { dag, file }, directory);
        dags.push({ dag, file });
      }
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error;
      problems.push(error);
    }
  }
  return { files, dags, problems };
}

/** The DAGs of one file that was named; at least one. */
export async function loadDagFile(file: string, directory: string): Promise<readonly LoadedDag[]> {
  const dags = await dagsOf(createDagFileLoader(directory).load(file), relative(directory, file));
  return dags.map((dag) => ({ dag, file }));
}

async function dagsOf(loading: Promise<readonly Dag[]>, name: string): Promise<readonly Dag[]> {
  const dags = await loading;
  if (dags.length > 0) return dags;
  throw new TidemarkError(`${name} exports no DAG.`, {
    code: ErrorCode.InvalidConfig,
    subject: name,
    hint: 'Write `export default dag(…)`; modules that DAG files share belong in a subdirectory.',
  });
}

function checkAgainst(known: readonly LoadedDag[], one: LoadedDag, directory: string): void {
  const name = (loaded: LoadedDag): string => relative(directory, loaded.file);
  const { id, graph } = one.dag;
  const twin = known.find(({ dag }) => dag.id === id);
  if (twin !== undefined) {
    throw new TidemarkError(`DAG ${id} is defined twice: in ${name(twin)} and in ${name(one)}.`, {
      code: ErrorCode.InvalidConfig,
      subject: id,
      hint: 'Give one of them another id.',
    });
  }
  for (const [pool, slots] of Object.entries(graph.pools)) {
    const other = known.find(({ dag }) => (dag.graph.pools[pool] ?? slots) !== slots);
    if (other === undefined) continue;
    const otherSlots = String(other.dag.graph.pools[pool]);
    throw new TidemarkError(
      `Pool ${pool} has ${otherSlots} slots in ${name(other)} and ${slots} in ${name(one)}.`,
      {
        code: ErrorCode.InvalidConfig,
        subject: pool,
        hint: 'The same name is the same pool in every DAG: give it one size.',
      },
    );
  }
}
