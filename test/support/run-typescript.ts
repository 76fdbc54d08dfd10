/** Owns running a TypeScript module of ours in a process of its own, for tests that kill processes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A Node process that runs `source`, an ES module in TypeScript; `firstLine` is its first output. */
export interface ScriptProcess {
  readonly child: ChildProcess;
  readonly firstLine: Promise<string>;
}

/** Relative imports in `source` start at the repository's root. */
export function runTypeScript(source: string): ScriptProcess {
  const loader = `
    const { createJiti } = await import('jiti');
    const jiti = createJiti(process.cwd() + '/', { fsCache: false, moduleCache: false });
    await jiti.evalModule(${JSON.stringify(source)}, { filename: process.cwd() + '/script.ts', async: true, forceTranspile: true });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', loader], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  let complaints = '';
  child.stderr.on('data', (piece: Buffer) => (complaints += piece.toString()));
  const firstLine = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => {
      reject(new Error(`the script ended with ${String(code)}: ${complaints}`));
    });
  });
  return { child, firstLine };
}
