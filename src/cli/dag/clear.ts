/** Owns `tidemark dag clear`. */
import { Command } from 'commander';
import { integerArgument } from '../arguments.js';
import { DAG_ARGUMENT } from './find-dag.js';
import { RUN_ARGUMENT } from './find-run.js';
import { checkTasks, operate } from './operate.js';

interface ClearOptions {
  readonly upstream?: boolean;
  readonly downstream?: boolean;
  readonly index?: readonly number[];
}

const indexArgument = integerArgument(0, 1_000_000);

/** The command. */
export function clearCommand(): Command {
  return new Command('clear')
    .summary('run tasks of a run again')
    .description(
      'Forgets how tasks of a run ended, so that they run again; the rest of the run is kept. A run ' +
        'that has ended goes on.',
    )
    .argument('<dag>', DAG_ARGUMENT)
    .argument('<run>', RUN_ARGUMENT)
    .argument('<task...>', 'tasks to run again')
    .option('--upstream', 'and all they depend on')
    .option('--downstream', 'and all that depends on them')
    .option(
      '--index <n>',
      'only this item of a mapped task; may be given several times',
      (text: string, before: readonly number[] | undefined) => [
        ...(before ?? []),
        indexArgument(text),
      ],
    )
    .addHelpText('after', '\nExample:\n  $ tidemark dag clear orders latest copy --downstream\n')
    .action(
      async (
        dag: string,
        run: string,
        tasks: string[],
        { upstream, downstream, index }: ClearOptions,
        command: Command,
      ) => {
        const items = index === undefined ? '' : ` [${index.join(', ')}]`;
        await operate({
          command,
          dag,
          run,
          did: `${tasks.join(', ')}${items} cleared`,
          operationFor: (seen) => {
            checkTasks(seen, tasks);
            return {
              type: 'clear',
              tasks,
              ...(upstream === true ? { upstream } : {}),
              ...(downstream === true ? { downstream } : {}),
              ...(index === undefined ? {} : { mapIndexes: index }),
            };
          },
        });
      },
    );
}
