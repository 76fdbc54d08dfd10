/** Owns the asset board: passes updates of assets on to the DAGs that follow them. */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  log,
  setHandler,
} from '@temporalio/workflow';
import {
  delivered,
  deliveryKey,
  dropped,
  emptyBoard,
  followed,
  renderBoard,
  updated,
  viewBoard,
  type AssetBoardState,
  type AssetDelivery,
} from '../src/scheduling/asset-board-state.js';
import {
  readAssetFollower,
  readAssetUpdate,
  type AssetBoardView,
} from '../src/scheduling/asset-messages.js';
import { AssetMessage, schedulerIdOf, SchedulerMessage } from '../src/scheduling/dag-names.js';
import { shouldContinueAsNew } from './history-limit.js';
import type { Letter } from './outbox.js';
import { SignalledState } from './signalled-state.js';

/** Argument of the workflow `dagAssetBoard`. */
export interface DagAssetBoardInput {
  readonly carried?: AssetBoardState;
}

export const assetBoardViewQuery = defineQuery<AssetBoardView>(AssetMessage.view);

/** Knows which DAG follows which asset, for ever. Workflow id: `tidemark/assets`. */
export async function dagAssetBoard(input: DagAssetBoardInput): Promise<void> {
  const board: SignalledState<AssetBoardState> = new SignalledState(input.carried ?? emptyBoard(), {
    page: (state) => renderBoard(viewBoard(state)),
    letters: ({ deliveries }) => deliveries.map((delivery) => letterOf(board, delivery)),
  });
  board.on(AssetMessage.follow, readAssetFollower, followed);
  board.on(AssetMessage.updated, readAssetUpdate, updated);
  setHandler(assetBoardViewQuery, () => viewBoard(board.state));
  board.show();

  await condition(() => shouldContinueAsNew() && board.outbox.isIdle());
  await condition(allHandlersFinished);
  await continueAsNew<typeof dagAssetBoard>({ carried: board.state });
}

function letterOf(board: SignalledState<AssetBoardState>, delivery: AssetDelivery): Letter {
  const { dagId, update } = delivery;
  const follower = board.state.followers.find((other) => other.dagId === dagId);
  return {
    key: deliveryKey(delivery),
    workflowId: schedulerIdOf(dagId),
    signal: SchedulerMessage.assetUpdated,
    argument: update,
    delivered: () => {
      board.update((state) => delivered(state, delivery));
    },
    undeliverable: () => {
      log.warn(`DAG ${dagId} has no scheduler any more; it follows no asset until deployed anew`);
      board.update((state) => {
        const rest = delivered(state, delivery);
        return follower === undefined ? rest : dropped(rest, follower);
      });
    },
  };
}
