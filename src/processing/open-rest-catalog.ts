/** Owns opening the REST catalogs of lakes, with the credentials of this process. */
import { createRestCatalog } from '../catalogs/rest/rest-catalog.js';
import type { RestAuthorizationOptions } from '../catalogs/rest/rest-authorization.js';
import { storeLocations } from '../catalogs/store-locations.js';
import type { Catalog } from '../iceberg/catalog.js';
import { DEFAULT_NAMESPACE, type LakeCatalog } from '../lake/lake-catalog.js';

/** What proves to a catalog who asks; nothing where it wants no proof. */
export type CatalogCredentials = Pick<RestAuthorizationOptions, 'token' | 'credential'>;

/** Where new tables of a lake lie. */
export interface LakeFolder {
  /** Of the lake's object store. */
  readonly storeUrl: string;
  readonly lakePrefix: string;
}

/** Opens the catalog of a lake; sends nothing. */
export type OpenCatalog = (catalog: LakeCatalog, folder: LakeFolder) => Catalog;

/**
 * Catalogs are opened once and kept: each has a token that many loads share, which identity providers
 * may charge for. InvalidConfig for a folder that not every reader could follow.
 */
export function restCatalogs(credentials: CatalogCredentials): OpenCatalog {
  const opened = new Map<string, Catalog>();
  return (choice, folder) => {
    const key = JSON.stringify([choice, folder]);
    const known = opened.get(key);
    if (known !== undefined) return known;
    const { namespace = DEFAULT_NAMESPACE, ...rest } = choice;
    const location = locationOf(folder);
    const catalog = createRestCatalog({ ...rest, ...credentials, namespace, location });
    opened.set(key, catalog);
    return catalog;
  };
}

function locationOf({ storeUrl, lakePrefix }: LakeFolder): string {
  const { base, locationOf } = storeLocations(storeUrl);
  return lakePrefix === '' ? base : locationOf(lakePrefix);
}
