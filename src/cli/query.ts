/** Owns `tidemark query`: SQL over the lake. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { lakePlaceOf } from '../config/sync-input-of.js';
import { ErrorCode, messageOf, TidemarkError } from '../core/errors.js';
import type { QueryResult } from '../processing/lake-query.js';
import { plural } from './format.js';
import { openScope, withAws } from './scope.js';
import { csvLines, jsonRows, tableLines } from './query-output.js';

interface QueryOptions {
  readonly file?: string;
  readonly csv?: boolean;
  readonly bucket?: string;
}

/** The command. */
export function queryCommand(): Command {
  return new Command('query')
    .summary('ask the lake in SQL')
    .description(
      "Runs SQL over the lake, with DuckDB in this process. Each table's current state is a view of\n" +
        'its name, its history is <table>_changes. Names with - or . in them go in double quotes.',
    )
    .argument('[sql]', 'the statement')
    .option('-f, --file <file>', 'read the statement from a file ("-" for stdin)')
    .option('--csv', 'answer in CSV')
    .option('--bucket <name>', 'bucket of the lake, over the configuration')
    .addHelpText(
      'after',
      "\nExamples:\n  $ tidemark query 'select status, count(*) from orders group by all'\n" +
        "  $ tidemark query 'select * from orders_changes order by _written_at desc limit 5' --json\n",
    )
    .action(async (sql: string | undefined, options: QueryOptions, command: Command) => {
      // Loaded when needed: it is heavy, and help and typos must not wait for it.
      const { openLakeQuery } = await import('../processing/lake-query.js');
      const statement = await statementOf(sql, options.file);
      const scope = await openScope(command, { bucket: options.bucket });
      const { lakeBucket, lakePrefix } = lakePlaceOf(scope.config);
      const { output } = scope;
      const result = await withAws(scope, async (aws) => {
        const lake = await openLakeQuery({ store: aws.bucket(lakeBucket), lakePrefix });
        try {
          return await lake.run(statement);
        } finally {
          await lake.close();
        }
      });
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
