/** Owns the check of catalogs: there, and willing to show their tables to who asks here. */
import { catalogsByEnvironment } from '../../config/catalogs-by-environment.js';
import { lakePlaceOf } from '../../config/sync-input-of.js';
import type { TidemarkConfig } from '../../config/tidemark-config.js';
import { DEFAULT_NAMESPACE } from '../../lake/lake-catalog.js';
import type { LakeFolder, OpenCatalog } from '../../processing/open-rest-catalog.js';
import type { AwsAccess } from '../aws-access.js';
import { plural } from '../format.js';
import { failed, passed, type Finding } from './finding.js';

/** Every catalog that configuration and tables name, with the credentials that are set here. */
export async function* checkCatalogs(
  aws: AwsAccess,
  config: TidemarkConfig,
  tables: readonly string[],
): AsyncGenerator<Finding, void, undefined> {
  const places = new Map<string, ReturnType<typeof lakePlaceOf>>();
  for (const table of [undefined, ...tables]) {
    try {
      const place = lakePlaceOf(config, table);
      if (place.catalog !== undefined) places.set(JSON.stringify(place.catalog), place);
    } catch {
      // What is wrong with a table's settings was said of the table.
    }
  }
  if (places.size === 0) return;
  let open: OpenCatalog;
  try {
    open = catalogsByEnvironment(process.env);
  } catch (error) {
    yield failed('catalog', error);
    return;
  }
  for (const { lakeBucket, lakePrefix, catalog } of places.values()) {
    if (catalog === undefined) continue;
    const folder: LakeFolder = { storeUrl: aws.bucket(lakeBucket).url, lakePrefix };
    const what = `catalog ${catalog.uri}`;
    try {
      const names = await open(catalog, folder).tableNames();
      const namespace = catalog.namespace ?? DEFAULT_NAMESPACE;
      yield passed(what, `answers; ${plural(names.length, 'table')} in ${namespace}`);
    } catch (error) {
      yield failed(what, error);
    }
  }
}
