/** Owns reading a batch's data files in threads, all runs of them at once. */
import type { BatchSource } from '../../lake/lake.js';
import { fileRuns } from './file-runs.js';
import { runInThread } from './thread-pool.js';
import type { RunTasks } from './thread-messages.js';

/**
 * Has threads do the task of each run, and gives what came of them in the order of the files. The
 * first failure stops the others, and nothing runs on when it is told.
 */
export async function runFiles<K extends keyof RunTasks>(
  kind: K,
  source: BatchSource,
  taskOf: (
    files: BatchSource['files'],
    index: number,
  ) => Omit<RunTasks[K]['task'], 'kind'> | Promise<Omit<RunTasks[K]['task'], 'kind'>>,
): Promise<readonly RunTasks[K]['result'][]> {
  const failed = new AbortController();
  const stoppable: BatchSource = {
    ...source,
    open: (file) => source.open(file),
    onRecords: (count) => {
      failed.signal.throwIfAborted();
      source.onRecords(count);
    },
  };
  const running = fileRuns(source.files).map(async (files, index) => {
    try {
      return await runInThread(kind, await taskOf(files, index), stoppable);
    } catch (error) {
      // Of several failures the first is kept: a controller aborts once.
      failed.abort(error);
      throw failed.signal.reason;
    }
  });
  await Promise.allSettled(running);
  return await Promise.all(running);
}
