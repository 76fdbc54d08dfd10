/** Owns `tidemark load`: exports that exist already, brought into a lake. */
import { Command } from 'commander';
import { checkTableName } from '../config/names.js';
import type { LoadOptions } from './load/load-exports.js';
import { openScope } from './scope.js';

/** The command. */
export function loadCommand(): Command {
  return new Command('load')
    .summary('bring exports that exist already into the lake')
    .description(
      'Commits exports made by anybody to the lake, as a sync would: a full export,\n' +
        'then the windows that follow it without gap or overlap, in any order here.\n' +
        'What the lake has already is left alone. All manifests are verified before\n' +
        'anything is written, all data before it counts.',
    )
    .argument(
      '<export...>',
      'folder or s3://bucket/prefix of an export (AWSDynamoDB/<id>), or of several',
    )
    .requiredOption('--table <name>', 'table of the lake to load into')
    .option('--lake <place>', 'folder or s3://bucket/prefix of the lake, over the configuration')
    .option(
      '--partition-key <name>',
      "the table's partition key, where neither lake nor DynamoDB tells",
    )
    .option('--sort-key <name>', "the table's sort key, if it has one")
    .option(
      '--trust-manifests',
      "leave out the manifests' own MD5s, for edited ones; never the data's",
    )
    .option('--dry-run', 'show what would be done, and do nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  $ tidemark load s3://my-bucket/exports/orders --table orders --dry-run\n' +
        '  $ tidemark load ./full/AWSDynamoDB/01700000000000-0badcafe ./windows --table orders --lake ./lake\n',
    )
    .action(async (places: string[], options: LoadOptions, command: Command) => {
      checkTableName(options.table);
      const scope = await openScope(command);
      // Loaded when needed: it is heavy, and help and typos must not wait for it.
      const { loadExports } = await import('./load/load-exports.js');
      await loadExports(scope, places, options);
    });
}
