/** Owns the checks of the Temporal server, its namespace and its workers. */
import { isGrpcServiceError } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { TemporalAccess } from '../../temporal/connect.js';
import { failed, passed, type Finding } from './finding.js';

const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } =
  proto.temporal.api.enums.v1.TaskQueueType;

/** Of google.rpc.Code. */
const NOT_FOUND = 5;

/** Server, namespace, and who polls the task queue. */
export async function* checkTemporal(
  access: TemporalAccess,
  taskQueue: string,
): AsyncGenerator<Finding, void, undefined> {
  const { workflowService } = access.connection;
  const { serverVersion } = await workflowService.getSystemInfo({});
  yield passed('Temporal', `${access.address}, version ${serverVersion || 'unknown'}`);
  const namespace = await checkNamespace(access);
  yield namespace;
  if (namespace.outcome === 'passed') yield await checkWorkers(access, taskQueue);
}

async function checkNamespace({ connection, namespace }: TemporalAccess): Promise<Finding> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return passed('namespace', namespace);
  } catch (error) {
    const isMissing = isGrpcServiceError(error) && (error.code as number) === NOT_FOUND;
    return isMissing
      ? failed(
          'namespace',
          `there is no namespace ${namespace}`,
          'Set TEMPORAL_NAMESPACE, or create it: temporal operator namespace create.',
        )
      : failed('namespace', error, 'Check the API key or certificate, and what they may do.');
  }
}

async function checkWorkers(access: TemporalAccess, taskQueue: string): Promise<Finding> {
  const what = `worker of "${taskQueue}"`;
  const pollers = await Promise.all(
    [TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY].map(async (taskQueueType) => {
      const answer = await access.connection.workflowService.describeTaskQueue({
        namespace: access.namespace,
        taskQueue: { name: taskQueue },
        taskQueueType,
      });
      return answer.pollers.map(({ identity }) => identity ?? 'unnamed');
    }),
  );
  const [identities = []] = pollers;
  if (pollers.every((some) => some.length > 0))
    return passed(what, `${identities.join(', ')} (polled in the last minutes)`);
  return failed(what, 'nobody polls the queue', 'Start one: tidemark worker.');
}
