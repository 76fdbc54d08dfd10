/** Owns what a client tells the asset board and sees of it. */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { AssetBoardView, AssetFollower } from '../scheduling/asset-messages.js';
import {
  ASSET_BOARD_ID,
  AssetMessage,
  DagWorkflow,
  dagTaskQueueOf,
} from '../scheduling/dag-names.js';
import type { dagAssetBoard } from '../../workflows/dag-asset-board.js';
import { askWorkflow, type Answer } from './ask-workflow.js';
import type { TemporalAccess } from './connect.js';

/**
 * A DAG follows these assets from now on, and no other; starts the board when it does not run. A
 * DAG that follows none needs no board. Its scheduler must be there first: a DAG without one is
 * dropped at the first update.
 *
 * @param taskQueue the table queue; the board runs on the DAG queue beside it.
 */
export async function followAssets(
  client: Client,
  follower: AssetFollower,
  taskQueue: string,
): Promise<void> {
  if (follower.assets.length === 0) {
    await stopFollowing(client, follower);
    return;
  }
  await client.workflow.signalWithStart<typeof dagAssetBoard, [AssetFollower]>(
    DagWorkflow.assetBoard,
    {
      workflowId: ASSET_BOARD_ID,
      taskQueue: dagTaskQueueOf(taskQueue),
      args: [{}],
      signal: AssetMessage.follow,
      signalArgs: [follower],
      staticSummary: 'tells DAGs of updates of the assets they follow',
    },
  );
}

/** The board; undefined when none runs, so that nobody follows anything. Bounded in time. */
export function seeAssetBoard(access: TemporalAccess): Promise<Answer<AssetBoardView> | undefined> {
  return askWorkflow<AssetBoardView>(access, ASSET_BOARD_ID, AssetMessage.view);
}

async function stopFollowing(client: Client, follower: AssetFollower): Promise<void> {
  try {
    await client.workflow.getHandle(ASSET_BOARD_ID).signal(AssetMessage.follow, follower);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
