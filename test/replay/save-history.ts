/** Owns how a recorded history is kept: as JSON, with nothing of the machine it was recorded on. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

/** Saves the history of a workflow's latest execution, or of `handle`'s own, as `<name>.json`. */
export async function saveHistory(
  name: string,
  handle: Pick<WorkflowHandle, 'fetchHistory' | 'workflowId'>,
): Promise<void> {
  const history = await handle.fetchHistory();
  const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
  // Not every server says it, and a replay needs it.
  if (started != null) started.workflowId = handle.workflowId;
  const file = new URL(`histories/${name}.json`, import.meta.url);
  await writeFile(fileURLToPath(file), `${anonymous(historyToJSON(history))}\n`);
  process.stdout.write(`${name}: ${history.events?.length ?? 0} events\n`);
}

/** Without the machine it was recorded on: who worked, and where the sources lay. */
function anonymous(json: string): string {
  return JSON.stringify(
    JSON.parse(json, (name, value: unknown) => {
      if (name === 'stackTrace') return '';
      return name === 'identity' ? 'recorder' : value;
    }),
    null,
    1,
  );
}
