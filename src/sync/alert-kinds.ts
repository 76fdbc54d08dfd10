/** Owns what alerts are about, and what a sync keeps of those that were told. */

/** What an alert is about. */
export const ALERT_KINDS = [
  'parked',
  'recovered',
  'lagging',
  'failing',
  'running-out',
  'resyncing',
  'undeleted',
  'ended',
] as const;
/** One of {@link ALERT_KINDS}. */
export type AlertKind = (typeof ALERT_KINDS)[number];

/** By kind, of which state was told last; what holds no longer is forgotten. */
export type Told = Readonly<Partial<Record<AlertKind, string>>>;
