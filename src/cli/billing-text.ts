/** Owns how it is told whether Temporal's Actions are paid for. */

/** Heading of a column of what Actions cost. */
export function actionsHeading(actionsAreBilled: boolean): string {
  return actionsAreBilled ? '$ Temporal' : '$ if on Cloud';
}

/** Why totals leave them out; of use where they do. */
export const ACTIONS_NOT_BILLED =
  'Temporal is a server of your own: its actions are not in the total.';
