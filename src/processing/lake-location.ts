/** Owns what a lake is opened by: where its files are, and what knows its Iceberg tables. */
import type { ObjectStore } from '../core/object-store.js';
import type { Catalog } from '../iceberg/catalog.js';
import type { LakeCatalog } from '../lake/lake-catalog.js';
import type { OpenCatalog } from './open-rest-catalog.js';

/** Where a lake lies. */
export interface LakeLocation {
  readonly store: ObjectStore;
  /** The folder of its tables; '' is the whole bucket. */
  readonly lakePrefix: string;
  /** Of its Iceberg tables; the file catalog of the same folder when left out. */
  readonly catalog?: Catalog;
}

/** The lake in a folder of `store`, with the catalog that was chosen for it, if any. */
export function lakeLocation(
  store: ObjectStore,
  { lakePrefix, catalog }: { readonly lakePrefix: string; readonly catalog?: LakeCatalog },
  openCatalog: OpenCatalog,
): LakeLocation {
  if (catalog === undefined) return { store, lakePrefix };
  const opened = openCatalog(catalog, { storeUrl: store.url, lakePrefix });
  return { store, lakePrefix, catalog: opened };
}
