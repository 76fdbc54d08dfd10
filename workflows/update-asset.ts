/** Owns telling the asset board that a task has updated an asset. */
import { getExternalWorkflowHandle, log, workflowInfo } from '@temporalio/workflow';
import { instantOfMillis } from '../src/core/instant.js';
import { messageOf } from '../src/core/errors.js';
import type { AssetUpdate } from '../src/scheduling/asset-messages.js';
import { ASSET_BOARD_ID, AssetMessage } from '../src/scheduling/dag-names.js';
import type { RunFacts } from '../src/scheduling/dag-run-input.js';

/** A board that is not there means that no DAG follows anything. */
export async function updateAsset(
  asset: string,
  task: string,
  { dagId, runId }: RunFacts,
  atMs: number,
): Promise<void> {
  const update: AssetUpdate = {
    key: `${workflowInfo().workflowId} ${task} ${atMs}`,
    event: { asset, at: instantOfMillis(atMs), extra: { dagId, runId, task } },
  };
  try {
    await getExternalWorkflowHandle(ASSET_BOARD_ID).signal(AssetMessage.updated, update);
  } catch (error) {
    log.info(`nobody was told of ${asset}: ${messageOf(error)}`);
  }
}
