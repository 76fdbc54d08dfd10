/** Owns `chain`: several tasks in a row, said at once. */
import { callSite } from './call-site.js';
import { definitionError } from './definition-error.js';
import type { GraphNode } from './task-ref.js';

/** A place in a chain: one node, or several side by side. */
export type Link = GraphNode | readonly GraphNode[];

/**
 * Lets each link wait for the one before it. Two lists side by side are joined one to one, as in
 * Airflow's `chain`, and must be of one length.
 */
export function chain(...links: readonly [Link, Link, ...Link[]]): void {
  const site = callSite(chain);
  links.slice(1).forEach((later, index) => {
    const earlier = links[index] as Link;
    if (isList(earlier) && isList(later)) pair(earlier, later, site);
    else for (const node of asList(later)) node.after(...asList(earlier));
  });
}

function pair(
  earlier: readonly GraphNode[],
  later: readonly GraphNode[],
  site: string | undefined,
): void {
  if (earlier.length !== later.length) {
    throw definitionError(
      `chain() cannot join a list of ${earlier.length} to a list of ${later.length}.`,
      {
        subject: String(later[0]?.id),
        site,
        hint: 'Use lists of one length, or put a single task between them.',
      },
    );
  }
  later.forEach((node, index) => node.after(earlier[index] as GraphNode));
}

function isList(link: Link): link is readonly GraphNode[] {
  return Array.isArray(link);
}

function asList(link: Link): readonly GraphNode[] {
  return isList(link) ? link : [link];
}
