/** Owns how file, environment and command line make one configuration: the later wins. */
import { dirname, resolve } from 'node:path';
import { configFromEnvironment, type Environment } from './config-environment.js';
import { loadConfigFile } from './config-file.js';
import { checkConfig } from './config-problems.js';
import { parseResultsPlace } from './results-place.js';
import type { TidemarkConfig } from './tidemark-config.js';

/** Where to look. */
export interface ConfigQuery {
  readonly directory: string;
  readonly environment: Environment;
  /** As given by --config; TIDEMARK_CONFIG when absent. */
  readonly file?: string | undefined;
  /** What options of the command line set, by field. */
  readonly flags?: TidemarkConfig | undefined;
}

/** A configuration, and the file it came from if any. */
export interface LoadedConfig {
  readonly path: string | undefined;
  readonly config: TidemarkConfig;
}

/** Loads and merges; InvalidConfig tells every problem of the first source that has any. */
export async function loadConfig(query: ConfigQuery): Promise<LoadedConfig> {
  const { directory, environment, flags } = query;
  const file = await loadConfigFile(directory, query.file ?? environment['TIDEMARK_CONFIG']);
  const fromFlags = checkConfig(flags ?? {}, {
    name: 'the command line',
    fieldName: (path) => `--${path.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  });
  const layers = [
    file === undefined ? {} : anchored(file.config, dirname(file.path)),
    anchored(configFromEnvironment(environment), directory),
    anchored(fromFlags, directory),
  ];
  return { path: file?.path, config: layers.reduce(merged) };
}

/** The configuration with its paths made absolute: after merging, nobody knows whose they were. */
function anchored(config: TidemarkConfig, directory: string): TidemarkConfig {
  const { dags, results } = config;
  const place = results === undefined ? undefined : parseResultsPlace(results);
  return {
    ...config,
    ...(dags === undefined ? {} : { dags: [dags].flat().map((path) => resolve(directory, path)) }),
    ...(place?.kind === 'directory'
      ? { results: `file:${resolve(directory, place.directory)}` }
      : {}),
  };
}

/** `over` on top of `under`, groups of fields merged one level down. */
function merged(under: TidemarkConfig, over: TidemarkConfig): TidemarkConfig {
  const given = Object.entries(over).filter(([, value]) => value !== undefined);
  const config: TidemarkConfig = { ...under, ...Object.fromEntries(given) };
  return {
    ...config,
    batch: { ...under.batch, ...over.batch },
    limits: { ...under.limits, ...over.limits },
    temporal: { ...under.temporal, ...over.temporal },
  };
}
