/** Owns the names of a simulation's buckets. */
export const EXPORT_BUCKET = 'exports';
export const LAKE_BUCKET = 'lake';
