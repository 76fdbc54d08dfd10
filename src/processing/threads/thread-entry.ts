/** Owns how a thread is started that reads data files, from the sources and from a build alike. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** Starts a thread; it waits for tasks, and does not keep the process alive by itself. */
export function startThread(): Worker {
  const isSource = import.meta.url.endsWith('.ts');
  const entry = new URL(`./file-thread.${isSource ? 'ts' : 'js'}`, import.meta.url);
  // What the process was started with is for its own modules.
  const worker = isSource
    ? new Worker(typescriptLoader(entry), { eval: true, execArgv: [] })
    : new Worker(entry, { execArgv: [] });
  worker.unref();
  return worker;
}

function typescriptLoader(entry: URL): string {
  const jiti = pathToFileURL(createRequire(import.meta.url).resolve('jiti')).href;
  const [from, what] = [JSON.stringify(jiti), JSON.stringify(entry.href)];
  return `import(${from}).then(({ createJiti }) => createJiti(${what}).import(${what}));`;
}
