/** Owns `tidemark dag retry` and `tidemark dag cancel`: what is done to a run as a whole. */
import { Command } from 'commander';
import { DAG_ARGUMENT } from './find-dag.js';
import { RUN_ARGUMENT } from './find-run.js';
import { operate } from './operate.js';

/** Runs again what failed. */
export function retryCommand(): Command {
  return new Command('retry')
    .summary('run again what failed in a run')
    .description(
      'Runs the tasks of a run again that failed, and those that did not run because of them; of a ' +
        'mapped task only the items that failed. A run that has ended goes on.',
    )
    .argument('<dag>', DAG_ARGUMENT)
    .argument('<run>', RUN_ARGUMENT)
    .action(async (dag: string, run: string, _options: object, command: Command) => {
      const did = 'retries what failed';
      await operate({ command, dag, run, did, operationFor: () => ({ type: 'retryFailed' }) });
    });
}

/** Stops a run. */
export function cancelCommand(): Command {
  return new Command('cancel')
    .summary('stop a run')
    .description(
      'Stops a run: what runs has failed, what waits is skipped, and teardowns still run.',
    )
    .argument('<dag>', DAG_ARGUMENT)
    .argument('<run>', RUN_ARGUMENT)
    .action(async (dag: string, run: string, _options: object, command: Command) => {
      const did = 'is being cancelled';
      await operate({ command, dag, run, did, operationFor: () => ({ type: 'cancel' }) });
    });
}
