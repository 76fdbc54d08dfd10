/** Owns how a configuration's problems are told: one sentence each, with field, value and what is allowed. */
import { z } from 'zod';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { didYouMean } from './nearest-name.js';
import { configSchema, type TidemarkConfig } from './tidemark-config.js';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Where values come from, and what a person calls a field there. */
export interface ConfigSource {
  /** `tidemark.config.ts`, `the environment`, `the command line`. */
  readonly name: string;
  /** `window`, `TIDEMARK_WINDOW`, `--window`. */
  fieldName(path: string): string;
}

/** `value` as a configuration, or InvalidConfig that tells every problem it has. */
export function checkConfig(value: unknown, source: ConfigSource): TidemarkConfig {
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, value, source));
  throw new TidemarkError(problems.join('\n'), {
    code: ErrorCode.InvalidConfig,
    subject: source.name,
    hint: `Mend ${source.name}; \`tidemark doctor\` checks all of it.`,
  });
}

function problemsOf(issue: Issue, root: unknown, source: ConfigSource): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownField([...issue.path, key], source));
  }
  // A record's key problem carries its own sentence one level down.
  const message = issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message;
  const field = source.fieldName(pathText(issue.path));
  const where = field === '' ? source.name : `${prefixOf(source)}${field}`;
  const value = issue.code === 'invalid_key' ? issue.path.at(-1) : valueAt(root, issue.path);
  return [`${where} is ${shown(value)}; it must be ${String(message)}.`];
}

function unknownField(path: Path, source: ConfigSource): string {
  const name = String(path.at(-1));
  const known = fieldsAt(path.slice(0, -1));
  const guess = didYouMean(name, known);
  const rest = guess === '' ? `Known here are ${known.join(', ')}.` : guess;
  return `${prefixOf(source)}${source.fieldName(pathText(path))} is not a setting. ${rest}`;
}

/** Names of the fields that the object at `path` may have. */
function fieldsAt(path: Path): string[] {
  let schema: unknown = configSchema;
  for (const part of path) {
    schema = unwrapped(schema);
    if (schema instanceof z.ZodObject) schema = schema.shape[String(part)] as unknown;
    else if (schema instanceof z.ZodRecord) schema = schema.valueType;
  }
  schema = unwrapped(schema);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? schema.unwrap() : schema;
}

function prefixOf(source: ConfigSource): string {
  return source.name.includes('.') ? `${source.name}: ` : '';
}

function pathText(path: Path): string {
  return path.map(String).join('.');
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[part];
  }
  return value;
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'function') return 'a function';
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) return typeof value;
  return json.length > 80 ? `${json.slice(0, 77)}…` : json;
}
