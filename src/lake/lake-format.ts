/** Owns the names of the formats that a lake's tables may have. */

/** As Apache Iceberg tables, or as directories of Parquet files that `_SUCCESS` makes count. */
export const LAKE_FORMATS = ['iceberg', 'parquet'] as const;
/** One of {@link LAKE_FORMATS}. */
export type LakeFormat = (typeof LAKE_FORMATS)[number];
