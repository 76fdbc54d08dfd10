/** Owns opening the place where large outputs of tasks are kept. */
import type { ActivityPorts } from '../../activities/table/activity-ports.js';
import type { ResultsPlace } from '../../activities/dag/kept-results.js';
import { resultsPlaceOf } from '../config/results-place.js';
import type { TidemarkConfig } from '../config/tidemark-config.js';
import { createFileObjectStore } from '../connectors/files/file-object-store.js';

/** The place configured; undefined when there is none, and only small outputs can travel. */
export function openResults(
  config: TidemarkConfig,
  aws: { readonly ports: ActivityPorts; readonly region: string },
): ResultsPlace | undefined {
  const place = resultsPlaceOf(config);
  if (place === undefined) return undefined;
  if (place.kind === 'directory') {
    return { store: createFileObjectStore({ directory: place.directory }), prefix: '' };
  }
  return { store: aws.ports.objectStore(aws.region, place.bucket), prefix: place.prefix };
}
