/** Owns `tidemark up`: the whole local stack with a demo table, until Ctrl-C. */
import { Command } from 'commander';
import { ExitCode } from './exit-code.js';
import { integerArgument, portArgument, rateArgument } from './arguments.js';
import { onInterrupt } from './interrupt.js';
import { outputOf, type CommonOptions } from './scope.js';
import { tellBanner } from './up/banner.js';

interface UpOptions {
  readonly minute: number;
  readonly windows?: number;
  readonly data: boolean;
  readonly rate: number;
  readonly worker: boolean;
  readonly dags?: string;
  readonly temporalPort: number;
  readonly uiPort: number;
  readonly dynamodbPort: number;
  readonly s3Port: number;
}

/** The command; `npm start` is this. */
export function upCommand(): Command {
  return new Command('up')
    .summary('run everything here: local AWS, Temporal, a worker, a demo table and its sync')
    .description(
      'Runs DynamoDB and S3 in this process, a Temporal server and a worker beside it, writes an item\n' +
        'a second to the table orders, and keeps a lake in step with it. All state is in --state-dir:\n' +
        'the next `up` goes on where this one ended. Nothing is left running when it ends.',
    )
    .option(
      '--minute <seconds>',
      'how long a minute of the services lasts; 60 is real time',
      integerArgument(1, 60),
      1,
    )
    .option(
      '--windows <n>',
      'end after this many windows, comparing table and lake',
      integerArgument(1, 100_000),
    )
    .option('--no-data', 'write nothing to the table')
    .option('--rate <n>', 'demo writes a second', rateArgument(1000), 1)
    .option('--no-worker', 'run no worker; run your own by `tidemark worker`')
    .option(
      '--dags <path>',
      'directory or file of DAGs to run; several parted by commas (default: dags)',
    )
    .option('--temporal-port <port>', 'port of Temporal; 0 for any', portArgument, 7233)
    .option('--ui-port <port>', 'port of Temporal Web; 0 for any', portArgument, 8233)
    .option('--dynamodb-port <port>', 'port of DynamoDB; 0 for any', portArgument, 8000)
    .option('--s3-port <port>', 'port of S3; 0 for any', portArgument, 9000)
    .addHelpText(
      'after',
      '\nExamples:\n  $ tidemark up\n  $ tidemark up --windows 3      three windows, then the proof; exit 0 if equal\n' +
        '  $ tidemark up --minute 60      as slow as AWS\n' +
        '  $ tidemark up --dags examples  with DAGs beside the sync\n',
    )
    .action(up);
}

async function up(options: UpOptions, command: Command): Promise<void> {
  // Loaded when needed: it is heavy, and help and typos must not wait for it.
  const [{ startStack }, { runDemo }] = await Promise.all([
    import('./up/stack.js'),
    import('./up/run-demo.js'),
  ]);
  const output = outputOf(command);
  const { stateDir } = command.optsWithGlobals<CommonOptions>();
  const interrupt = onInterrupt(() => {
    output.note('stopping… (Ctrl-C again to force)');
  });
  try {
    const starting = startStack({
      ...options,
      stateDir,
      secondsPerMinute: options.minute,
      report: (line) => {
        output.note(output.noteStyle('dim', line));
      },
    });
    const stack = await Promise.race([starting, aborted(interrupt.signal)]);
    if (stack === undefined) {
      // What has been started so far is tethered, and its state may be cut off anywhere.
      output.note('stopped before all was up; nothing is left running.');
      process.exitCode = ExitCode.interrupted;
      return;
    }
    try {
      tellBanner(output, stack, options.minute);
      const isGood = await runDemo(stack, {
        output,
        signal: interrupt.signal,
        windows: options.windows,
        rate: options.data ? options.rate : undefined,
        isWorkerWanted: options.worker,
      });
      if (!isGood) process.exitCode = ExitCode.failed;
    } finally {
      await stack.close();
    }
    output.note(
      `stopped; nothing is left running. State is in ${stateDir}: \`tidemark up\` goes on from there.`,
    );
  } finally {
    interrupt.release();
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve(undefined);
      },
      { once: true },
    );
  });
}
