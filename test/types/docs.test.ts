/** Owns that the first example of docs/dag.md compiles as it stands. */
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '../..');

test('the first example of docs/dag.md compiles', () => {
  const text = readFileSync(join(ROOT, 'docs/dag.md'), 'utf8');
  const [, example] = /```ts\n([\s\S]*?)```/.exec(text)!;
  const file = join(ROOT, 'src/dag/docs-example.ts');
  const source = example!.replace("'tidemark'", "'./index.js'");
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (name) =>
    readFileSync(name, 'utf8'),
  );
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const [readFile, fileExists] = [host.getSourceFile.bind(host), host.fileExists.bind(host)];
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, target) =>
    name === file ? ts.createSourceFile(name, source, target) : readFile(name, target);
  const program = ts.createProgram([file], options, host);
  const found = program.getSemanticDiagnostics(program.getSourceFile(file));
  expect(
    found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
  ).toEqual([]);
}, 120_000);
