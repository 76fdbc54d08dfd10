/** Owns telling Temporal Cloud, which bills Actions, from a server of one's own. */

/** Whether `address` (`host:port`) is one of Temporal Cloud's, by namespace or by Region. */
export function isTemporalCloud(address: string): boolean {
  return /\.(tmprl\.cloud|api\.temporal\.io)(:\d+)?$/.test(address);
}
