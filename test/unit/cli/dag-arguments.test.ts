/** Owns the check of what stands on the command line of DAG commands: times, intervals, params. */
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { checkParams, readParams } from '../../../src/cli/dag/params-argument.js';
import {
  awayText,
  clockText,
  intervalText,
  readInstant,
  readInterval,
} from '../../../src/cli/dag/time-text.js';
import type { Instant } from '../../../src/core/instant.js';
import { dag } from '../../../src/dag/index.js';

const at = (text: string): Instant => text as Instant;

describe('times', () => {
  test('in the time zone of the schedule, with seconds where there are any', () => {
    expect(clockText(at('2026-07-01T04:00:00Z'), 'Europe/Paris')).toBe('2026-07-01 06:00');
    expect(clockText(at('2026-07-01T04:00:07Z'), 'UTC')).toBe('2026-07-01 04:00:07');
  });

  test('an interval tells its second date only where it is another', () => {
    const day = { start: at('2026-07-01T00:00:00Z'), end: at('2026-07-02T00:00:00Z') };
    expect(intervalText(day, 'UTC')).toBe('2026-07-01 00:00 → 2026-07-02 00:00');
    const hour = { start: at('2026-07-01T04:00:00Z'), end: at('2026-07-01T05:00:00Z') };
    expect(intervalText(hour, 'UTC')).toBe('2026-07-01 04:00 → 05:00');
    expect(intervalText({ start: hour.start, end: hour.start }, 'UTC')).toBe('2026-07-01 04:00');
  });

  test('how far away', () => {
    expect(awayText(90_000, 0)).toBe('in 1 min 30 s');
    expect(awayText(0, 90_000)).toBe('1 min 30 s ago');
  });

  test.each([
    ['2026-01-31', '2026-01-31T00:00:00Z'],
    ['2026-01-31T06:00+01:00', '2026-01-31T05:00:00Z'],
  ])('%s is read', (text, instant) => {
    expect(readInstant(text, '--from')).toBe(instant);
  });

  test('what is no time, and what is no interval', () => {
    expect(() => readInstant('2026-01-31T06:00', '--from')).toThrow(
      '--from is "2026-01-31T06:00", which is no time.',
    );
    expect(readInterval('2026-01-01/2026-01-02', '--interval')).toEqual({
      start: '2026-01-01T00:00:00Z',
      end: '2026-01-02T00:00:00Z',
    });
    expect(() => readInterval('2026-01-01', '--interval')).toThrow('which is no interval.');
    expect(() => readInterval('a/b/c', '--interval')).toThrow('which is no interval.');
    expect(() => readInterval('2026-01-02/2026-01-01', '--interval')).toThrow(
      '--interval ends before it begins.',
    );
  });
});

describe('params', () => {
  const schema = z.object({ table: z.string(), limits: z.object({ rows: z.number() }).optional() });
  const nothing = async (): Promise<void> => undefined;
  const strict = dag('strict', { params: schema }, (d) => {
    d.task('t', nothing)({});
  });
  const without = dag('without', {}, (d) => {
    d.task('t', nothing)({});
  });

  test('JSON, or nothing', async () => {
    expect(await readParams('{"table":"a"}')).toEqual({ table: 'a' });
    expect(await readParams(undefined)).toBeUndefined();
    await expect(readParams('{table}')).rejects.toThrow('The params are no JSON: ');
    await expect(readParams('@none.json')).rejects.toThrow('none.json cannot be read: ');
  });

  test('each problem is a line with its field', () => {
    expect(checkParams(strict, { table: 'a' })).toEqual({ table: 'a' });
    expect(() => checkParams(strict, { limits: { rows: 'many' } })).toThrow(
      /^params\.table: .*\.\nparams\.limits\.rows: .*\.$/,
    );
    expect(() => checkParams(strict, 7)).toThrow(/^The params: .*\.$/);
  });

  test('a DAG that takes none is given none', () => {
    expect(checkParams(without, undefined)).toBeUndefined();
    expect(checkParams(without, {})).toBeUndefined();
    expect(() => checkParams(without, { table: 'a' })).toThrow('DAG without takes no params.');
  });

  test('another schema than zod tells it in its own words', () => {
    const parse = (): never => {
      throw new Error('no table');
    };
    const own = dag('own', { params: { parse } }, (d) => {
      d.task('t', nothing)({});
    });
    expect(() => checkParams(own, {})).toThrow('The params do not fit: no table');
  });
});
