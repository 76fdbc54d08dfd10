/** Owns a few seeds of the simulation, as `npm test` runs them; `npm run simulate` runs as many as you like. */
import { describe, expect, test } from '@jest/globals';
import { generateScript } from './generate-script.js';
import { runSeeds } from './run-seeds.js';
import { DEED_KINDS } from './simulation-script.js';

/** Of either kind of worker. */
const SEEDS = [10, 17, 29];

describe('scripts', () => {
  test('the same seed is the same script', () => {
    expect(generateScript(17)).toEqual(generateScript(17));
    expect(generateScript(17)).not.toEqual(generateScript(18));
  });

  test('200 seeds bring every deed, at its moment in time', () => {
    const scripts = Array.from({ length: 200 }, (_, index) => generateScript(index + 1));
    const kinds = scripts.flatMap(({ events }) => events.map(({ kind }) => kind));
    expect([...new Set(kinds)].sort()).toEqual([...DEED_KINDS].sort());
    for (const { events, writes, seconds } of scripts) {
      const moments = events.map(({ at }) => at);
      expect(moments).toEqual([...moments].sort((left, right) => left - right));
      expect(moments.at(-1)).toBeLessThan(seconds);
      expect(writes).toEqual([...new Set(writes)].sort((left, right) => left - right));
    }
  });
});

test('whatever goes wrong, the lake is the table at each watermark, windows tile time, and nothing is stuck', async () => {
  const lines: string[] = [];
  const { failures, tally } = await runSeeds(SEEDS, (line) => lines.push(line));
  expect(failures).toEqual([]);
  expect(lines).toHaveLength(SEEDS.length);
  expect(tally.of('window committed')).toBeGreaterThan(0);
}, 600_000);
