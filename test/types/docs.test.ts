/** Owns that the TypeScript of the documents compiles as it stands, and is what the examples hold. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** The code of a document's fences in one language, in order. */
function fences(document: string, language: string): readonly string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm');
  return [...read(document).matchAll(fence)].map(([, code]) => code!);
}

/** What the compiler says against each source, as if they lay among the examples. */
function complaints(sources: readonly string[]): readonly string[] {
  const files = new Map(
    sources.map((source, at) => [join(ROOT, `examples/docs-example-${at}.ts`), source]),
  );
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (name) =>
    readFileSync(name, 'utf8'),
  );
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const [getSourceFile, fileExists] = [host.getSourceFile.bind(host), host.fileExists.bind(host)];
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.getSourceFile = (name, target) => {
    const source = files.get(name);
    return source === undefined
      ? getSourceFile(name, target)
      : ts.createSourceFile(name, source, target);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()].flatMap((name) =>
    [
      ...program.getSyntacticDiagnostics(program.getSourceFile(name)),
      ...program.getSemanticDiagnostics(program.getSourceFile(name)),
    ].map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
  );
}

/** A piece of a DAG as a whole module. */
function withinDag(piece: string): string {
  return `import { dag, type Outcome } from 'tidemark';
export default dag('piece', {}, (d) => {\n${piece}});
export type Used = Outcome<unknown>;`;
}

const FROM_AIRFLOW = 'docs/from-airflow.md';

test('the examples of the README, docs/dag.md (the first) and docs/from-airflow.md compile', () => {
  const ofAirflow = fences(FROM_AIRFLOW, 'ts');
  expect(ofAirflow.length).toBeGreaterThan(3);
  const sources = [
    fences('docs/dag.md', 'ts')[0]!,
    ...fences('README.md', 'ts'),
    ...ofAirflow.map((code) => (/^import /m.test(code) ? code : withinDag(code))),
  ];
  expect(complaints(sources)).toEqual([]);
  expect(complaints([`${sources[0]!}\nconst n: number = 'text';\nexport { n };`])).toEqual([
    "Type 'string' is not assignable to type 'number'.",
  ]);
});

describe('docs/from-airflow.md shows the tutorials as the examples hold them', () => {
  const withoutHeader = (code: string): string => code.slice(code.indexOf('*/\n') + 3).trim();

  test.each(['airflow-tutorial', 'airflow-tutorial-taskflow'])('after: %s', (name) => {
    const shown = fences(FROM_AIRFLOW, 'ts').map((code) => code.trim());
    expect(shown).toContain(withoutHeader(read(`examples/${name}.ts`)));
  });

  test('before', () => {
    const before = fences(FROM_AIRFLOW, 'python');
    expect(before).toHaveLength(2);
    for (const code of before) {
      expect(read('examples/airflow/tutorial.py')).toContain(code.trim());
    }
  });
});
