/** Owns `tidemark worker`. */
import { Command } from 'commander';
import { connectionSettings } from '../temporal/connect.js';
import { openActivityPorts } from './aws-access.js';
import { onInterrupt } from './interrupt.js';
import { openScope } from './scope.js';

/** The command. */
export function workerCommand(): Command {
  return new Command('worker')
    .summary('run a worker: it does the work of all syncs')
    .description(
      'Serves the task queue until Ctrl-C or SIGTERM, then finishes what it can in ten seconds. Run\n' +
        'as many as you like, on as many machines: they share the work, and any may die at any time.',
    )
    .option('--task-queue <name>', 'queue to serve')
    .action(async (options: { taskQueue?: string }, command: Command) => {
      // Loaded when needed: it is heavy, and help and typos must not wait for it.
      const { runWorker } = await import('../temporal/worker.js');
      const scope = await openScope(command);
      const { output, config } = scope;
      const taskQueue = options.taskQueue ?? scope.taskQueue;
      const settings = connectionSettings(config.temporal);
      const aws = await openActivityPorts(config);
      const interrupt = onInterrupt(() => {
        output.note('worker: finishing what is in hand; Ctrl-C again ends it at once');
      });
      try {
        await runWorker({
          ...settings,
          taskQueue,
          ports: aws.ports,
          signal: interrupt.signal,
          onReady: () => {
            const address = settings.connection.address ?? '';
            output.note(`worker: serves "${taskQueue}" of ${settings.namespace} at ${address}`);
            output.json({ event: 'ready', taskQueue, namespace: settings.namespace, address });
          },
        });
        output.note('worker: ended');
      } finally {
        interrupt.release();
        aws.close();
      }
    });
}
