/** Owns which deployed DAG is meant, with help when none is of that name. */
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { LoadedDag } from '../../dag-files/load-dags.js';
import type { SchedulerView } from '../../scheduling/dag-scheduler-input.js';
import type { TemporalAccess } from '../../temporal/connect.js';
import { listSchedulers, seeScheduler } from '../../temporal/dag-schedulers.js';
import type { Scope } from '../scope.js';
import { dagsHint, findDagId } from './find-dag.js';

/** A DAG that is deployed. */
export interface DeployedDag {
  readonly id: string;
  /** Where its file is at hand. */
  readonly loaded: LoadedDag | undefined;
  /** Absent when its scheduler does not answer. */
  readonly view: SchedulerView | undefined;
  /** Why it does not, as one sentence. */
  readonly silence: string | undefined;
}

/** The DAG that `name`, an id or a file, means; NotFound tells which are deployed. */
export async function findDeployed(
  scope: Scope,
  temporal: TemporalAccess,
  name: string,
): Promise<DeployedDag> {
  const { id, loaded } = await findDagId(scope, name);
  try {
    const seen = await seeScheduler(temporal, id);
    return {
      id,
      loaded,
      view: 'said' in seen ? seen.said : undefined,
      silence: 'silence' in seen ? seen.silence : undefined,
    };
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== ErrorCode.NotFound) throw error;
    const known = (await listSchedulers(temporal)).map(({ dagId }) => dagId);
    throw new TidemarkError(
      loaded === undefined ? `There is no DAG ${id}.` : `DAG ${id} is not deployed.`,
      {
        code: ErrorCode.NotFound,
        subject: id,
        hint:
          loaded !== undefined || known.length === 0
            ? 'A worker deploys the DAGs it serves: start `tidemark worker` where their files are.'
            : dagsHint(id, known),
        cause: error,
      },
    );
  }
}
