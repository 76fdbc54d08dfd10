/** Owns where large outputs of tasks are kept, as a configuration says it. */
import { BUCKET_NAME, KEY_PREFIX } from './names.js';

/** A bucket with a prefix that has no slash at either end, or a directory. */
export type ResultsPlace =
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string }
  | { readonly kind: 'directory'; readonly directory: string };

/** What `results` may look like, as the end of a sentence. */
export const RESULTS_FORM = 's3://bucket/prefix or file:<directory>';

const DEFAULT_PREFIX = 'dag-results';

/** The place that `text` names; undefined when it names none. */
export function parseResultsPlace(text: string): ResultsPlace | undefined {
  if (text.startsWith('file:')) {
    const directory = text.slice('file:'.length).replace(/^\/\/(?=\/)/, '');
    return directory === '' ? undefined : { kind: 'directory', directory };
  }
  const match = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(text);
  const [, bucket = '', prefix = ''] = match ?? [];
  if (!BUCKET_NAME.test(bucket) || !KEY_PREFIX.test(prefix)) return undefined;
  return { kind: 's3', bucket, prefix };
}

/** The fields of a configuration that say where outputs go. */
export interface ResultsConfig {
  readonly results?: string | undefined;
  readonly bucket?: string | undefined;
  readonly lakeBucket?: string | undefined;
}

/** The place configured, else `dag-results` in the lake's bucket; undefined when there is neither. */
export function resultsPlaceOf(config: ResultsConfig): ResultsPlace | undefined {
  if (config.results !== undefined) return parseResultsPlace(config.results);
  const bucket = config.lakeBucket ?? config.bucket;
  return bucket === undefined ? undefined : { kind: 's3', bucket, prefix: DEFAULT_PREFIX };
}
