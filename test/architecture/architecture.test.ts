/** Owns the rules of the house that a reader could otherwise only hope for. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Every file of the project: tracked, or new and not ignored. */
function projectFiles(pattern: RegExp): string[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z'],
    { cwd: root, encoding: 'utf8' },
  );
  return listed
    .split('\0')
    .filter((file) => pattern.test(file) && existsSync(path.join(root, file)))
    .sort();
}

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

test('imports point from the outside in, through declared dependencies, and reach every file', async () => {
  const options = await extractDepcruiseOptions(path.join(root, '.dependency-cruiser.cjs'));
  const { output } = await cruise(['src', 'workflows', 'activities'], {
    ...options,
    baseDir: root,
  });
  const { summary } = output as ICruiseResult;
  const broken = summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
  expect(broken).toEqual([]);
  expect(summary.totalCruised).toBeGreaterThan(50);
});

test('every source file opens with the one sentence on what it owns', () => {
  const silent = projectFiles(/^(src|workflows|activities|test|bench)\/.*\.ts$/).filter(
    (file) => !/^(#!.*\n)?\/\*\*\s+(\* )?Owns /.test(read(file)),
  );
  expect(silent).toEqual([]);
});

test('file names are in kebab-case, and none is a dumping ground', () => {
  const files = projectFiles(/^(src|workflows|activities|test|bench)\/.*\.ts$/);
  const odd = files.filter(
    (file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/.test(path.basename(file)),
  );
  const dumps = files.filter((file) => /(^|\/|-)(utils?|helpers?|misc|common)(\.|\/|-)/.test(file));
  expect([...odd, ...dumps]).toEqual([]);
});

test('one copy of protobufjs serves the Temporal SDK', () => {
  // With two, replaying a JSON history fails with "type must be a Type".
  const lock = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { version: string }>;
  };
  const copies = Object.entries(lock.packages)
    .filter(([where]) => /(^|\/)node_modules\/protobufjs$/.test(where))
    .filter(([, { version }]) => version.startsWith('8.'));
  expect(copies).toHaveLength(1);
});

describe('what is committed', () => {
  test('the lockfile holds no download addresses', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": *"http/);
  });

  test('links between the documents lead somewhere', () => {
    const dead: string[] = [];
    for (const file of projectFiles(/\.md$/)) {
      for (const [, target] of read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)) {
        if (!existsSync(path.join(root, path.dirname(file), target!))) {
          dead.push(`${file}: ${target!}`);
        }
      }
    }
    expect(dead).toEqual([]);
  });
});

test('the glossary names no term that the code does not use', () => {
  const terms = [...read('docs/glossary.md').matchAll(/^\*\*`([^`]+)`\*\*/gm)].map(
    ([, term]) => term!,
  );
  const code = projectFiles(/^(src|workflows|activities)\/.*\.ts$/)
    .map(read)
    .join('\n');
  expect(terms.length).toBeGreaterThan(10);
  expect(terms.filter((term) => !code.includes(term))).toEqual([]);
});
