/** Owns `tidemark worker`. */
import { Command } from 'commander';
import { loadDags } from '../dag-files/load-dags.js';
import { connectionSettings } from '../temporal/connect.js';
import { openActivityPorts } from './aws-access.js';
import { projectDirectory } from './dag/find-dag.js';
import { onInterrupt } from './interrupt.js';
import { openResults } from './open-results.js';
import { openScope } from './scope.js';

/** The command. */
export function workerCommand(): Command {
  return new Command('worker')
    .summary('run a worker: it does the work of all syncs and DAGs')
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
      // Bodies that open the lake find the same configuration, whatever the options were.
      if (scope.configPath !== undefined) process.env['TIDEMARK_CONFIG'] ??= scope.configPath;
      const loaded = await loadDags(config, projectDirectory(scope));
      const aws = await openActivityPorts(config);
      const interrupt = onInterrupt(() => {
        output.note('worker: finishing what is in hand; Ctrl-C again ends it at once');
      });
      try {
        await runWorker({
          ...settings,
          taskQueue,
          ports: aws.ports,
          dags: loaded.map(({ dag }) => dag),
          results: openResults(config, aws),
          signal: interrupt.signal,
          onReady: () => {
            const address = settings.connection.address ?? '';
            output.note(`worker: serves "${taskQueue}" of ${settings.namespace} at ${address}`);
            const dags = loaded.map(({ dag }) => dag.id);
            if (dags.length > 0) output.note(`worker: serves DAGs ${dags.join(', ')}`);
            output.json({
              event: 'ready',
              taskQueue,
              namespace: settings.namespace,
              address,
              dags,
            });
          },
        });
        output.note('worker: ended');
      } finally {
        interrupt.release();
        aws.close();
      }
    });
}
