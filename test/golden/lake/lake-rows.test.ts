/** Owns the golden pairs of export records and the lake's rows: `cases/<name>.in.json`, `.out.json`. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createMemoryObjectStore } from '../../../src/connectors/memory/memory-object-store.js';
import { parseChange } from '../../../src/export/change.js';
import { openLakeQuery, type QueryResult } from '../../../src/processing/lake-query.js';
import { createParquetLake } from '../../../src/processing/parquet-lake.js';
import { apply, full, loadOf, window } from '../../support/lake-loads.js';

/** One load: the records of a full export or of a window. */
interface LoadCase {
  readonly full?: readonly unknown[];
  readonly window?: readonly unknown[];
}

const CASES = join(import.meta.dirname, 'cases');
const names = readdirSync(CASES)
  .filter((file) => file.endsWith('.in.json'))
  .map((file) => file.replace('.in.json', ''));

/** Column types, and rows without their NULLs. */
function shown({ columns, rows }: QueryResult): unknown {
  return {
    columns: columns.map(({ name, type }) => `${name} ${type}`),
    rows: rows.map((row) =>
      Object.fromEntries(
        columns
          .map(({ name }, index) => [name, row[index]] as const)
          .filter(([, value]) => value !== null),
      ),
    ),
  };
}

test.each(names)('%s', async (name) => {
  const read = (end: string): unknown =>
    JSON.parse(readFileSync(join(CASES, `${name}.${end}.json`), 'utf8'));
  const store = createMemoryObjectStore();
  const table = createParquetLake({ store, lakePrefix: 'lake' }).table('t');
  for (const [index, load] of (read('in') as readonly LoadCase[]).entries()) {
    const kind = load.full === undefined ? 'incremental' : 'full';
    const changes = (load.full ?? load.window ?? []).map((record, line) =>
      parseChange(JSON.stringify(record), {
        kind,
        file: name,
        lineNumber: line + 1,
        keyAttributes: ['pk'],
      }),
    );
    const scope = kind === 'full' ? full(index * 15) : window((index - 1) * 15, index * 15);
    await apply(table, loadOf(scope, [changes]));
  }
  const query = await openLakeQuery({ store, lakePrefix: 'lake' });
  const current = shown(await query.run('SELECT * FROM t ORDER BY pk'));
  const changes = shown(await query.run('SELECT * FROM t_changes ORDER BY pk, _window_to'));
  await query.close();
  expect({ current, changes }).toEqual(read('out'));
});
