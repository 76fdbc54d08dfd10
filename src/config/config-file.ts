/** Owns finding and loading the configuration file. */
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';
import { ErrorCode, messageOf, TidemarkError } from '../core/errors.js';
import { checkConfig } from './config-problems.js';
import type { TidemarkConfig } from './tidemark-config.js';

const NAMES = ['ts', 'mts', 'js', 'mjs', 'json'].map((ending) => `tidemark.config.${ending}`);

/** Instead of a file's path: use none, whatever lies in the directory. */
export const NO_CONFIG_FILE = 'none';

/** A configuration file that was read. */
export interface LoadedFile {
  readonly path: string;
  readonly config: TidemarkConfig;
}

/**
 * The file at `path`, or else the one in `directory`; undefined when there is none. InvalidConfig
 * when it is missing, does not load, or holds what cannot be used.
 */
export async function loadConfigFile(
  directory: string,
  path: string | undefined,
): Promise<LoadedFile | undefined> {
  if (path === NO_CONFIG_FILE) return undefined;
  const found =
    path === undefined
      ? NAMES.map((name) => resolve(directory, name)).find((name) => existsSync(name))
      : resolve(directory, path);
  if (found === undefined) return undefined;
  const name = relative(directory, found);
  if (!existsSync(found)) {
    throw new TidemarkError(`There is no configuration file ${name}.`, {
      code: ErrorCode.InvalidConfig,
      subject: found,
      hint: `Leave out --config to use tidemark.config.ts of the working directory.`,
    });
  }
  const value = await importDefault(found, name);
  return { path: found, config: checkConfig(value, { name, fieldName: (field) => field }) };
}

async function importDefault(path: string, name: string): Promise<unknown> {
  try {
    const jiti = createJiti(import.meta.url, {
      moduleCache: false,
      // A configuration may say `import { defineConfig } from 'tidemark'` wherever it lies, and
      // must not load all that the package offers besides for it.
      alias: { tidemark: fileURLToPath(new URL('./tidemark-config', import.meta.url)) },
    });
    return await jiti.import(path, { default: true });
  } catch (cause) {
    throw new TidemarkError(`${name} could not be loaded: ${messageOf(cause)}`, {
      code: ErrorCode.InvalidConfig,
      subject: path,
      hint: 'It has to have a default export, such as defineConfig({ … }).',
      cause,
    });
  }
}
