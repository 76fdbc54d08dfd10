/** Owns `tidemark query`: SQL over the lake. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Command, InvalidArgumentError, Option } from 'commander';
import { catalogsByEnvironment } from '../config/catalogs-by-environment.js';
import { catalogOf, lakePlaceOf } from '../config/sync-input-of.js';
import type { TidemarkConfig } from '../config/tidemark-config.js';
import { ErrorCode, messageOf, TidemarkError } from '../core/errors.js';
import { parseInstant, type Instant } from '../core/instant.js';
import { lakeLocation } from '../processing/lake-location.js';
import type { QueryResult } from '../processing/lake-query.js';
import { plural } from './format.js';
import type { OpenBucket } from './load/find-exports.js';
import { openLazyAws } from './load/lazy-aws.js';
import type { FoundLake } from './load/open-lake-place.js';
import { openScope, type Scope } from './scope.js';
import { csvLines, jsonRows, tableLines } from './query-output.js';

interface QueryOptions {
  readonly file?: string;
  readonly csv?: boolean;
  readonly at?: Instant;
  readonly lake?: string;
  readonly bucket?: string;
}

/** The command. */
export function queryCommand(): Command {
  return new Command('query')
    .summary('ask the lake in SQL')
    .description(
      'Runs SQL over the lake, with DuckDB in this process. A table is a view of its\n' +
        'name, its loads are <table>_windows, and where its format is parquet, its changes\n' +
        'are <table>_changes. Names with - or . in them go in double quotes. With --at,\n' +
        'every table is as its last load at or before then left it.',
    )
    .argument('[sql]', 'the statement')
    .option('-f, --file <file>', 'read the statement from a file ("-" for stdin)')
    .option(
      '--at <instant>',
      "as of a time or a window's end, such as 2026-11-24T08:15:00Z",
      instantOf,
    )
    .option('--csv', 'answer in CSV')
    .option('--lake <place>', 'folder or s3://bucket/prefix of the lake, over the configuration')
    .addOption(
      new Option('--bucket <name>', 'bucket of the lake, over the configuration').conflicts('lake'),
    )
    .addHelpText(
      'after',
      "\nExamples:\n  $ tidemark query 'select status, count(*) from orders group by all'\n" +
        "  $ tidemark query --at 2026-11-24T08:15:00Z 'select count(*) from orders'\n" +
        "  $ tidemark query --lake ./lake 'select count(*) from orders'\n" +
        "  $ tidemark query 'select * from orders_windows order by window_to desc limit 5' --json\n",
    )
    .action(async (sql: string | undefined, options: QueryOptions, command: Command) => {
      const statement = await statementOf(sql, options.file);
      const scope = await openScope(command, { bucket: options.bucket });
      const { output } = scope;
      const result = await ask(scope, statement, options);
      if (options.csv === true) output.raw(csvLines(result).join('\r\n') + '\r\n');
      else if (output.isJson) output.raw(`${JSON.stringify(jsonRows(result))}\n`);
      else printTable(result);

      function printTable(found: QueryResult): void {
        const [heading = '', ...rows] = tableLines(found);
        output.line(output.style('bold', heading));
        for (const row of rows) output.line(row);
        output.note(output.noteStyle('dim', plural(found.rows.length, 'row')));
      }
    });
}

async function ask(
  { config }: Scope,
  statement: string,
  { lake: place, at }: QueryOptions,
): Promise<QueryResult> {
  // Loaded when needed: they are heavy, and help and typos must not wait for them.
  const [{ openLakeQuery }, { findLake }] = await Promise.all([
    import('../processing/lake-query.js'),
    import('./load/open-lake-place.js'),
  ]);
  const aws = openLazyAws(config);
  try {
    const { store, lakePrefix } =
      place === undefined
        ? await configuredLake(config, aws.openBucket)
        : await findLake(place, aws.openBucket);
    const lake = await openLakeQuery({
      ...lakeLocation(
        store,
        { lakePrefix, ...catalogOf(config) },
        catalogsByEnvironment(process.env),
      ),
      ...(at === undefined ? {} : { at }),
    });
    try {
      return await lake.run(statement);
    } finally {
      await lake.close();
    }
  } finally {
    aws.close();
  }
}

async function configuredLake(
  config: TidemarkConfig,
  openBucket: OpenBucket,
): Promise<Pick<FoundLake, 'store' | 'lakePrefix'>> {
  const { lakeBucket, lakePrefix } = lakePlaceOf(config);
  return { store: await openBucket(lakeBucket), lakePrefix };
}

function instantOf(text: string): Instant {
  const instant = parseInstant(text);
  if (instant !== undefined) return instant;
  throw new InvalidArgumentError('It must be a time such as 2026-11-24T08:15:00Z');
}

async function statementOf(sql: string | undefined, file: string | undefined): Promise<string> {
  if ((sql === undefined) === (file === undefined)) {
    throw new TidemarkError('A query takes one statement: as an argument, or by --file.', {
      code: ErrorCode.InvalidUsage,
      subject: 'query',
      hint: "Such as: tidemark query 'select count(*) from orders'",
    });
  }
  if (file === undefined) return sql ?? '';
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  } catch (cause) {
    throw new TidemarkError(`${file} cannot be read: ${messageOf(cause)}.`, {
      code: ErrorCode.InvalidUsage,
      subject: file,
      cause,
    });
  }
}
