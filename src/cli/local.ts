/** Owns `tidemark local`: the local AWS alone. */
import { Command } from 'commander';
import { onInterrupt } from './interrupt.js';
import { integerArgument, portArgument } from './arguments.js';
import { outputOf, type CommonOptions } from './scope.js';
import { claimStateDirectory } from './state-directory.js';
import { localAwsEnvironment } from './stack-file.js';
import { clockText } from './up/clock-text.js';

interface LocalOptions {
  readonly dynamodbPort: number;
  readonly s3Port: number;
  readonly minute: number;
  readonly bucket: string[];
}

/** The command. */
export function localCommand(): Command {
  return new Command('local')
    .summary('run only the local AWS: DynamoDB with exports, and S3')
    .description(
      "Runs DynamoDB (with point-in-time recovery and exports) and S3 in this process, at AWS's own\n" +
        'pace unless --minute says otherwise, until Ctrl-C. Any SDK or tool can use them.',
    )
    .option('--dynamodb-port <port>', 'port of DynamoDB; 0 for any', portArgument, 8000)
    .option('--s3-port <port>', 'port of S3; 0 for any', portArgument, 9000)
    .option(
      '--minute <seconds>',
      'how long a minute of the services lasts',
      integerArgument(1, 60),
      60,
    )
    .option('--bucket <name...>', 'buckets to make', [] as string[])
    .addHelpText(
      'after',
      '\nExamples:\n  $ tidemark local --bucket my-lake\n  $ tidemark local --minute 1\n',
    )
    .action(async (options: LocalOptions, command: Command) => {
      // Loaded when needed: it is heavy, and help and typos must not wait for it.
      const { startAwsIn } = await import('./start-local-aws.js');
      const output = outputOf(command);
      const { stateDir } = command.optsWithGlobals<CommonOptions>();
      const state = await claimStateDirectory(stateDir);
      const interrupt = onInterrupt();
      try {
        const aws = await startAwsIn(state.path, options, options.minute).catch(
          async (error: unknown) => {
            await state.undo();
            throw error;
          },
        );
        try {
          for (const bucket of options.bucket) aws.createBucket(bucket);
          const environment = localAwsEnvironment(aws);
          output.json({ event: 'ready', environment });
          output.line(
            `DynamoDB ${aws.dynamodbUrl}   S3 ${aws.s3Url}   ${clockText(options.minute)}`,
          );
          output.line();
          for (const [name, value] of Object.entries(environment)) {
            output.line(`  export ${name}=${value}`);
          }
          output.line();
          output.line(`State is in ${stateDir}. Ctrl-C ends it.`);
          await new Promise((done) => {
            if (interrupt.signal.aborted) done(undefined);
            interrupt.signal.addEventListener('abort', done, { once: true });
          });
        } finally {
          await aws.close();
        }
        output.note('ended; the same command goes on where this one was');
      } finally {
        interrupt.release();
        await state.release();
      }
    });
}
