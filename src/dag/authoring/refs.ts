/** Owns making refs: the handles that wire a draft when they are used. */
import type { InputSource, Json } from '../graph.js';
import { callSite } from './call-site.js';
import type { DagDraft } from './definition.js';
import { definitionError } from './definition-error.js';
import type { GraphNode } from './task-ref.js';

const wiring = Symbol('wiring');

/** What our refs are at run time: which tasks begin and end them, and what they give as an input. */
interface Wiring {
  readonly draft: DagDraft;
  readonly first: readonly string[];
  readonly last: readonly string[];
  readonly source?: InputSource;
}

interface Wired {
  readonly [wiring]: Wiring;
}

function wiringOf(value: unknown): Wiring | undefined {
  return typeof value === 'object' && value !== null
    ? (value as Partial<Wired>)[wiring]
    : undefined;
}

/** A node whose `after` and `before` wire `draft`. */
export function makeNode(draft: DagDraft, id: string, parts: Omit<Wiring, 'draft'>): GraphNode {
  const node: GraphNode & Wired = {
    id,
    [wiring]: { draft, ...parts },
    after: function after(...nodes: readonly GraphNode[]) {
      for (const other of nodes) connect(draft, other, node, callSite(after));
      return node;
    },
    before: function before(...nodes: readonly GraphNode[]) {
      for (const other of nodes) connect(draft, node, other, callSite(before));
      return node;
    },
  };
  return node;
}

/** A task's ref; a mapped one's also has `outcomes`. */
export function makeTaskRef(draft: DagDraft, id: string, mapped: boolean): GraphNode {
  const ref = makeNode(draft, id, {
    first: [id],
    last: [id],
    source: { kind: 'output', from: id },
  });
  if (!mapped) return Object.freeze(ref);
  const outcomes: Wired & { id: string } = {
    id,
    [wiring]: { draft, first: [id], last: [id], source: { kind: 'outcomes', from: id } },
  };
  return Object.freeze(Object.assign(ref, { outcomes: Object.freeze(outcomes) }));
}

/** Makes `later` wait for `earlier`. */
export function connect(
  draft: DagDraft,
  earlier: GraphNode,
  later: GraphNode,
  site: string | undefined,
): void {
  const upstream = ownWiring(draft, earlier, site).last;
  for (const id of ownWiring(draft, later, site).first) {
    for (const other of upstream) draft.tasks.get(id)?.upstream.add(other);
  }
}

/** The tasks a branch leads to by way of `node`: its first ones. */
export function firstTasksOf(
  draft: DagDraft,
  node: GraphNode,
  site: string | undefined,
): readonly string[] {
  return ownWiring(draft, node, site).first;
}

/** How `given` is wired as an input: a ref's output, else itself as a constant. */
export function sourceOf(
  draft: DagDraft,
  taskId: string,
  name: string,
  given: unknown,
  site: string | undefined,
): InputSource {
  const ours = wiringOf(given);
  if (ours?.source !== undefined) {
    ownWiring(draft, given, site);
    return ours.source;
  }
  if (ours !== undefined || !isJson(given, 0)) {
    throw definitionError(
      `Input '${name}' of task '${taskId}' is neither a task's output nor a JSON constant.`,
      {
        subject: `${draft.id}.${taskId}`,
        site,
        hint: 'Give the ref that calling a task returned, or a constant that JSON can carry.',
      },
    );
  }
  return { kind: 'value', value: given as Json };
}

const DEEPEST = 100;

/** Whether JSON carries a constant without loss; a thing that holds itself is too deep. */
function isJson(value: unknown, depth: number): boolean {
  if (depth > DEEPEST || wiringOf(value) !== undefined) return false;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value !== 'object') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = Array.isArray(value) || prototype === Object.prototype || prototype === null;
  const parts = Object.values(value).filter((part) => part !== undefined);
  return isPlain && parts.every((part) => isJson(part, depth + 1));
}

function ownWiring(draft: DagDraft, node: unknown, site: string | undefined): Wiring {
  const ours = wiringOf(node);
  if (ours?.draft === draft) return ours;
  throw definitionError(
    ours === undefined
      ? `DAG '${draft.id}' was given something that is no task or group of it.`
      : `Task '${String(ours.last[0])}' belongs to DAG '${ours.draft.id}', not to '${draft.id}'.`,
    {
      subject: draft.id,
      site,
      hint: 'Use refs of this DAG only: what calling a task or d.group returned.',
    },
  );
}
