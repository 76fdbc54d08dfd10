/** Owns the compilation of our TypeScript, once, for processes that are started again and again. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';
import { glob } from 'tinyglobby';
import { inParallel } from '../../src/processing/in-parallel.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Compiles `src` and `test/support` into an empty folder, where plain Node runs them. */
export async function compileProgram(folder: string): Promise<void> {
  const files = await glob(['src/**/*.ts', 'test/support/*.ts'], { cwd: ROOT });
  await inParallel(files, 8, async (file) => {
    const { code } = await transformFile(join(ROOT, file), {
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
    });
    const path = join(folder, file.replace(/\.ts$/, '.js'));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, code);
  });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}
