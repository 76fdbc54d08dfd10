/** Owns reading cron expressions and telling which days and times of day they name. */
import { ErrorCode, TidemarkError } from '../../core/errors.js';

/** What an expression names, as sorted numbers. */
export interface CronFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly daysOfWeek: ReadonlySet<number>;
  readonly anyDayOfMonth: boolean;
  readonly anyDayOfWeek: boolean;
}

const PRESETS: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@quarterly': '0 0 1 */3 *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};
const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const DAYS = 'sun mon tue wed thu fri sat'.split(' ');

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const MINUTE: Field = { name: 'minute', min: 0, max: 59, names: [] };
const HOUR: Field = { name: 'hour', min: 0, max: 23, names: [] };
const DAY_OF_MONTH: Field = { name: 'day of month', min: 1, max: 31, names: [] };
const MONTH: Field = { name: 'month', min: 1, max: 12, names: MONTHS };
const DAY_OF_WEEK: Field = { name: 'day of week', min: 0, max: 7, names: DAYS };

/**
 * Reads five fields or a preset (`@daily` …): lists, ranges, steps, English names, 7 as Sunday.
 *
 * @throws TidemarkError naming the field that cannot be read.
 */
export function parseCron(expression: string): CronFields {
  const text = PRESETS[expression.trim().toLowerCase()] ?? expression.trim();
  const fields = text.split(/\s+/);
  if (fields.length !== 5) {
    throw badCron(
      expression,
      `it has ${fields.length} fields`,
      'Write five: minute hour day month weekday.',
    );
  }
  const [minute, hour, dayOfMonth, month, dayOfWeek] = fields as [
    string,
    string,
    string,
    string,
    string,
  ];
  const read = (field: Field, part: string): readonly number[] =>
    readField(expression, field, part);
  return {
    minutes: read(MINUTE, minute),
    hours: read(HOUR, hour),
    daysOfMonth: new Set(read(DAY_OF_MONTH, dayOfMonth)),
    months: new Set(read(MONTH, month)),
    daysOfWeek: new Set(read(DAY_OF_WEEK, dayOfWeek).map((day) => day % 7)),
    anyDayOfMonth: isAny(dayOfMonth),
    anyDayOfWeek: isAny(dayOfWeek),
  };
}

/**
 * Whether a calendar day is one of `fields`. When day of month and day of week are both restricted,
 * either will do (crontab(5), and Airflow's croniter).
 */
export function matchesDay(fields: CronFields, day: Date): boolean {
  if (!fields.months.has(day.getUTCMonth() + 1)) return false;
  const byMonth = fields.daysOfMonth.has(day.getUTCDate());
  const byWeek = fields.daysOfWeek.has(day.getUTCDay());
  if (fields.anyDayOfMonth) return byWeek;
  return fields.anyDayOfWeek ? byMonth : byMonth || byWeek;
}

function isAny(part: string): boolean {
  return part === '*' || part === '?';
}

function readField(expression: string, field: Field, text: string): readonly number[] {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\*|\?|[^-/*?]+(?:-[^-/*?]+)?)(?:\/(\d+))?$/.exec(part);
    const [, range = '', stepText] = match ?? [];
    const step = stepText === undefined ? 1 : Number(stepText);
    const [from, to] = boundsOf(field, range, stepText !== undefined);
    if (match === null || from === undefined || to === undefined || step < 1 || from > to) {
      throw badCron(
        expression,
        `its ${field.name} '${part}' cannot be read`,
        `Use ${field.min} to ${field.max}, *, lists, ranges and steps.`,
      );
    }
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return [...values].sort((left, right) => left - right);
}

/** The first and last value of a range; `5/10` runs from 5 to the field's end. */
function boundsOf(
  field: Field,
  range: string,
  stepped: boolean,
): readonly [number | undefined, number | undefined] {
  const end = field === DAY_OF_WEEK ? 6 : field.max;
  if (isAny(range)) return [field.min, end];
  const [fromText = '', toText] = range.split('-');
  const from = valueOf(field, fromText);
  if (toText !== undefined) return [from, valueOf(field, toText)];
  return [from, stepped ? end : from];
}

function valueOf(field: Field, text: string): number | undefined {
  const named = field.names.indexOf(text.toLowerCase());
  if (named >= 0) return named + field.min;
  if (!/^\d{1,2}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= field.min && value <= field.max ? value : undefined;
}

function badCron(expression: string, why: string, hint: string): TidemarkError {
  return new TidemarkError(`Cron expression '${expression}' cannot be used: ${why}.`, {
    code: ErrorCode.InvalidConfig,
    subject: expression,
    hint,
  });
}
