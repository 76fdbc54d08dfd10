/** Owns where a program that was fetched or built is kept between runs. */
import { join } from 'node:path';
import { cacheDirectory } from '../../config/cache-directory.js';

/** The path in the cache of `program` at `version`; a `v` before the version is left out. */
export function cachedProgram(program: string, version: string, env?: NodeJS.ProcessEnv): string {
  return join(cacheDirectory(env), 'bin', `${program}-${version.replace(/^v/, '')}`);
}
