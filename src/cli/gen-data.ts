/** Owns `tidemark gen-data`: made-up items, for trying things out. */
import { Command } from 'commander';
import { checkTableName } from '../config/names.js';
import { ensureDemoTable } from '../local/demo-data/demo-table.js';
import { writeDemoData } from '../local/demo-data/write-demo-data.js';
import { tidemarkErrorOf } from '../connectors/dynamodb/dynamodb-errors.js';
import { integerArgument, rateArgument } from './arguments.js';
import { plural } from './format.js';
import { onInterrupt } from './interrupt.js';
import { openScope, withAws } from './scope.js';

interface GenDataOptions {
  readonly rate: number;
  readonly seed: number;
  readonly count?: number;
}

/** The command. */
export function genDataCommand(): Command {
  return new Command('gen-data')
    .summary('write made-up items to a table')
    .description(
      'Makes the table if need be, then inserts, updates and deletes orders in it until Ctrl-C or until\n' +
        '--count writes are done.',
    )
    .argument('<table>', 'name of a DynamoDB table')
    .option('--rate <n>', 'writes a second', rateArgument(10_000), 1)
    .option('--seed <n>', 'the same seed makes the same items', integerArgument(0, 2 ** 31 - 1), 1)
    .option('--count <n>', 'end after this many writes', integerArgument(1, 1_000_000_000))
    .action(async (table: string, options: GenDataOptions, command: Command) => {
      const tableName = checkTableName(table);
      const scope = await openScope(command);
      const { output } = scope;
      const interrupt = onInterrupt();
      const enough = new AbortController();
      let written = 0;
      try {
        await withAws(scope, async (aws) => {
          const { created } = await ensureDemoTable(aws.dynamodb, tableName);
          output.note(`writing to ${created ? 'the new table ' : ''}${tableName}; Ctrl-C ends it`);
          await writeDemoData({
            client: aws.dynamodb,
            table: tableName,
            ratePerSecond: options.rate,
            seed: options.seed,
            signal: AbortSignal.any([interrupt.signal, enough.signal]),
            onWrite: () => {
              written += 1;
              if (written === options.count) enough.abort();
            },
          });
        });
      } catch (error) {
        // The table is made by the SDK itself, whose errors no connector has read yet.
        throw tidemarkErrorOf(error, tableName);
      } finally {
        interrupt.release();
      }
      output.line(`${plural(written, 'write')} to ${tableName}`);
      output.json({ tableName, written });
    });
}
