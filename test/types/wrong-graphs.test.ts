/** Owns what the compiler says of wrong graphs: kept in a file to be read. UPDATE_GOLDEN=1 writes it. */
import { expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '../..');
const SOURCE = join(import.meta.dirname, 'wrong-graphs.ts');
const GOLDEN = join(import.meta.dirname, 'wrong-graphs.txt');

/** What the compiler says of each case once nothing tells it to expect an error. */
function messages(): { readonly cases: readonly string[]; readonly text: string } {
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (file) =>
    readFileSync(file, 'utf8'),
  );
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const source = readFileSync(SOURCE, 'utf8').replaceAll('@ts-expect-error', 'expected');
  const readFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, target) =>
    relative(SOURCE, name) === ''
      ? ts.createSourceFile(name, source, target)
      : readFile(name, target);
  const program = ts.createProgram([SOURCE], options, host);
  const file = program.getSourceFile(SOURCE)!;
  const found = program.getSemanticDiagnostics(file);
  const lines = source.split('\n');
  const cases = lines.flatMap((line, at) => {
    const name = /\/\/ expected: (.+)/.exec(line)?.[1];
    return name === undefined ? [] : [{ name, at }];
  });
  const said = cases.map(({ name, at }, index) => {
    const end = cases[index + 1]?.at ?? lines.length;
    const own = found.filter(({ start = 0 }) => {
      const { line } = file.getLineAndCharacterOfPosition(start);
      return line > at && line < end;
    });
    const told = own.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    return `# ${name}\n${lines[at + 1]!.trim()}\n${told.join('\n') || 'NOTHING: it compiles'}\n`;
  });
  return { cases: cases.map(({ name }) => name), text: said.join('\n') };
}

test('wrong graphs do not compile, and the messages are those that were read', () => {
  const { cases, text } = messages();
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, text);
  expect(new Set(cases).size).toBe(cases.length);
  expect(cases.length).toBeGreaterThanOrEqual(30);
  expect(text).not.toContain('NOTHING');
  expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
});
