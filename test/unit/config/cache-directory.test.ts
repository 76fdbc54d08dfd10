/** Owns the tests of where what may be lost is kept. */
import { expect, test } from '@jest/globals';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory } from '../../../src/config/cache-directory.js';
import { cachedProgram } from '../../../src/local/programs/cached-program.js';

test.each([
  [{ TIDEMARK_CACHE: '/own', XDG_CACHE_HOME: '/xdg' }, 'linux', '/own'],
  [{ TIDEMARK_CACHE: '', XDG_CACHE_HOME: '/xdg' }, 'linux', '/xdg/tidemark'],
  [{ XDG_CACHE_HOME: '/xdg' }, 'darwin', '/xdg/tidemark'],
  [{}, 'linux', join(homedir(), '.cache', 'tidemark')],
  [{ XDG_CACHE_HOME: '' }, 'linux', join(homedir(), '.cache', 'tidemark')],
  [{}, 'darwin', join(homedir(), 'Library', 'Caches', 'tidemark')],
] as const)('%j on %s is %s', (env, platform, expected) => {
  expect(cacheDirectory(env, platform)).toBe(expected);
});

test('a relative cache is taken from the current folder', () => {
  expect(cacheDirectory({ TIDEMARK_CACHE: 'here' }, 'linux')).toBe(join(process.cwd(), 'here'));
});

test('a cached program carries its version without the v', () => {
  expect(cachedProgram('temporal', 'v1.5.1', { TIDEMARK_CACHE: '/c' })).toBe(
    '/c/bin/temporal-1.5.1',
  );
});
