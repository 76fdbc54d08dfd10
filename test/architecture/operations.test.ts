/** Owns that docs/operations.md and the tests of failures tell of the same ones. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The first cells of all tables' rows, heads and rules left out. */
function rowsOf(markdown: string): string[] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (what is seen|-)/.test(line))
    .map((line) => line.slice(2, line.indexOf(' |')).trim());
}

function testNames(): string[] {
  const directory = `${root}/test/failures`;
  return readdirSync(directory).flatMap((file) =>
    [...readFileSync(`${directory}/${file}`, 'utf8').matchAll(/^test\(\s*(['"])(.+?)\1,/gm)].map(
      ([, , name]) => name!,
    ),
  );
}

test('every failure in docs/operations.md has one test of its name, and every such test a row', () => {
  const rows = rowsOf(readFileSync(`${root}/docs/operations.md`, 'utf8'));
  const names = testNames();
  expect(rows.length).toBeGreaterThan(5);
  expect(new Set(rows).size).toBe(rows.length);
  expect([...rows].sort()).toEqual([...names].sort());
});
