/** Owns `tidemark verify`: the proof that table and lake have the same, or where they have not. */
import { Command, Option } from 'commander';
import { integerArgument } from './arguments.js';
import { openScope, withAws } from './scope.js';
import type { VerifyOptions } from './verify/verify-lake.js';

/** Each is held in memory. */
const MOST_SHOWN = 1000;
const SHOWN = 10;

/** The command. */
export function verifyCommand(): Command {
  return new Command('verify')
    .summary('compare the lake with the table, key by key')
    .description(
      "Takes a new full export of the table at the lake's watermark, compares it with the\n" +
        'lake key by key, and deletes it again. Ends with 1 where they differ. AWS bills the\n' +
        'export by the size of the table. What the lake omits or hashes on purpose does not count.',
    )
    .argument('<table>', 'name of a DynamoDB table')
    .option('--lake <place>', 'folder or s3://bucket/prefix of the lake, over the configuration')
    .option('--bucket <name>', 'bucket to export to, and of the lake, over the configuration')
    .addOption(
      new Option('--differences <count>', 'how many differences to show, up to 1000')
        .argParser(integerArgument(0, MOST_SHOWN))
        .default(SHOWN),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ tidemark verify orders\n' +
        '  $ tidemark verify orders --lake s3://my-bucket/lake --differences 100 --json\n',
    )
    .action(async (table: string, options: VerifyOptions, command: Command) => {
      const scope = await openScope(command, { bucket: options.bucket });
      // Loaded when needed: DuckDB is heavy, and help and typos must not wait for it.
      const { verifyLake } = await import('./verify/verify-lake.js');
      await withAws(scope, (aws) => verifyLake(scope, aws, table, options));
    });
}
