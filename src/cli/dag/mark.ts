/** Owns `tidemark dag mark`. */
import { Argument, Command } from 'commander';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { integerArgument } from '../arguments.js';
import { DAG_ARGUMENT } from './find-dag.js';
import { RUN_ARGUMENT } from './find-run.js';
import { checkTasks, operate } from './operate.js';
import { readParams } from './params-argument.js';

interface MarkOptions {
  readonly index?: number;
  readonly output?: string;
}

/** The command. */
export function markCommand(): Command {
  return new Command('mark')
    .summary('end a task as success or failed, whatever it is doing')
    .description(
      'Ends a task of a run by hand. What failed downstream because of it runs again. A run that has ' +
        'ended goes on.',
    )
    .argument('<dag>', DAG_ARGUMENT)
    .argument('<run>', RUN_ARGUMENT)
    .argument('<task>', 'the task')
    .addArgument(new Argument('<state>', 'how it ends').choices(['success', 'failed']))
    .option('--index <n>', 'only this item of a mapped task', integerArgument(0, 1_000_000))
    .option('--output <json>', 'what tasks downstream read of it (JSON, or @file)')
    .addHelpText(
      'after',
      '\nExample:\n  $ tidemark dag mark orders latest list success --output \'["a", "b"]\'\n',
    )
    .action(
      async (
        dag: string,
        run: string,
        task: string,
        state: 'success' | 'failed',
        options: MarkOptions,
        command: Command,
      ) => {
        const value = await readParams(options.output);
        if (value !== undefined && state === 'failed') {
          throw new TidemarkError('A task that failed has no output.', {
            code: ErrorCode.InvalidUsage,
            subject: task,
            hint: 'Leave --output out, or mark it as success.',
          });
        }
        const { index } = options;
        const item = index === undefined ? '' : `[${index}]`;
        await operate({
          command,
          dag,
          run,
          did: `${task}${item} marked as ${state}`,
          operationFor: (seen) => {
            checkTasks(seen, [task]);
            return {
              type: 'mark',
              task,
              as: state,
              ...(index === undefined ? {} : { mapIndex: index }),
              ...(value === undefined ? {} : { output: { value } }),
            };
          },
        });
      },
    );
}
