/** Owns telling the asset board of an update from outside a workflow. */
import { log } from '@temporalio/activity';
import { isGrpcServiceError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { AssetUpdate } from '../../src/scheduling/asset-messages.js';
import { ASSET_BOARD_ID, AssetMessage } from '../../src/scheduling/dag-names.js';

/** gRPC codes that stay when asked again: INVALID_ARGUMENT, PERMISSION_DENIED. */
const REFUSALS: ReadonlySet<number> = new Set([3, 7]);

/**
 * Tells the board; to be called in an activity, and again when in doubt: the board knows an update
 * by its key. Without a board nobody follows anything. A board that refuses is logged: one that no
 * worker serves takes 10,000 signals and then no more, and nobody's work may stop for that. Anything
 * else is thrown, and may be tried again.
 */
export async function tellAssets(client: Client, update: AssetUpdate): Promise<void> {
  try {
    await client.workflow.getHandle(ASSET_BOARD_ID).signal(AssetMessage.updated, update);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return;
    const cause = error instanceof Error ? error.cause : undefined;
    if (!isGrpcServiceError(cause) || !REFUSALS.has(cause.code)) throw error;
    log.warn(`the asset board refuses to hear of ${update.event.asset}: ${cause.details}`);
  }
}
