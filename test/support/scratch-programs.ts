/** Owns a scratch folder with small scripts in the place of programs, and the environment to run in it. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder with `bin` first and alone on PATH besides the system's own folders. */
export interface ScratchPrograms {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Writes `bin/<name>`, run by sh; gives its path. */
  add(name: string, script: string): Promise<string>;
  remove(): Promise<void>;
}

/** The cache is `folder/cache`. The system's go, java, mvn and temporal are not on this PATH. */
export async function scratchPrograms(): Promise<ScratchPrograms> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-programs-'));
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const scratch: ScratchPrograms = {
    folder,
    env: { PATH: bin, TIDEMARK_CACHE: join(folder, 'cache') },
    add: async (name, script) => {
      const path = join(bin, name);
      await writeFile(path, `#!/bin/sh\nPATH=/bin:/usr/bin\n${script}\n`);
      await chmod(path, 0o755);
      return path;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  return scratch;
}
