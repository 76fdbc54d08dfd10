/** Owns where what may be lost is kept between runs: indexes of tables, programs that were fetched or built. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * `$TIDEMARK_CACHE`, else `$XDG_CACHE_HOME/tidemark`, else `~/.cache/tidemark` (on macOS
 * `~/Library/Caches/tidemark`). It may be deleted at any time; what is missing is made again.
 */
export function cacheDirectory(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const { TIDEMARK_CACHE: own, XDG_CACHE_HOME: shared } = env;
  if (own !== undefined && own !== '') return resolve(own);
  if (shared !== undefined && shared !== '') return join(resolve(shared), 'tidemark');
  const caches = platform === 'darwin' ? ['Library', 'Caches'] : ['.cache'];
  return join(homedir(), ...caches, 'tidemark');
}
