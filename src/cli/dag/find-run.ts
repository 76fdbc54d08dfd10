/** Owns which run of a DAG is meant: by its id, by how its id begins, or the latest. */
import { didYouMean } from '../../config/nearest-name.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { TemporalAccess } from '../../temporal/connect.js';
import { listDagRuns, seeDagRun, type SeenRun } from '../../temporal/dag-runs.js';

/** How the argument is told of in every command's help. */
export const RUN_ARGUMENT = 'id of the run, how its id begins, or "latest"';

/** Runs looked through for one whose id begins as given. */
const SEARCHED_RUNS = 1000;

/** The run; NotFound tells which there are. */
export async function findRun(
  temporal: TemporalAccess,
  dagId: string,
  name: string,
): Promise<SeenRun> {
  const exact = name === 'latest' ? undefined : await seeDagRun(temporal, dagId, name);
  if (exact !== undefined) return exact;
  const listed = await listDagRuns(temporal, dagId, SEARCHED_RUNS);
  const ids = listed.map(({ runId }) => runId);
  const meant = name === 'latest' ? ids.slice(0, 1) : ids.filter((id) => id.startsWith(name));
  const [only, ...others] = meant;
  if (only !== undefined && others.length === 0) {
    const run = await seeDagRun(temporal, dagId, only);
    if (run !== undefined) return run;
  }
  if (others.length > 0) {
    const some = meant.slice(0, 5).join(', ');
    throw new TidemarkError(`${meant.length} runs of ${dagId} begin with ${name}.`, {
      code: ErrorCode.InvalidUsage,
      subject: name,
      hint: `Say which: ${some}${meant.length > 5 ? ', …' : ''}.`,
    });
  }
  throw new TidemarkError(
    ids.length === 0 ? `DAG ${dagId} has no runs.` : `DAG ${dagId} has no run ${name}.`,
    {
      code: ErrorCode.NotFound,
      subject: name,
      hint:
        ids.length === 0
          ? `\`tidemark dag trigger ${dagId}\` starts one.`
          : [didYouMean(name, ids), `The latest are: ${ids.slice(0, 3).join(', ')}.`]
              .filter((part) => part !== '')
              .join(' '),
    },
  );
}
