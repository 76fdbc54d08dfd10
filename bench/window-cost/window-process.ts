/** Owns the process that commits windows to one table, and prints each one's cost as a line of JSON. */
import { makeTable, type WindowCost } from './made-table.js';

/** A line for the table, then one a window. */
export interface TableLine {
  readonly indexSeconds: number;
}
export type WindowLine = WindowCost & { readonly number: number };

const [folder = '', rows = '', windows = ''] = process.argv.slice(2);
const print = (line: TableLine | WindowLine): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const table = await makeTable(folder, Number(rows), Number(windows));
print({ indexSeconds: await table.buildIndex() });
for (let number = 1; number <= Number(windows); number++) {
  print({ number, ...(await table.commitWindow(number)) });
}
await table.close();
