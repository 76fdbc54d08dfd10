/** Owns `dag()`: runs a DAG file's build function and checks what came of it. */
import type { DagGraph } from '../graph.js';
import { callSite } from './call-site.js';
import { compileDraft } from './compile-draft.js';
import type { DagBuilder, DagOptions, NoParams, ParamsSchema } from './dag-builder.js';
import type { AnyBody, DagDraft } from './definition.js';
import { definitionError } from './definition-error.js';
import { isId, makeBuilder } from './make-builder.js';

/** A defined DAG: its graph, which is data, and its bodies, which are code and never in the graph. */
export interface Dag<Params = unknown> {
  readonly id: string;
  /** Frozen JSON; see {@link graphHash}. */
  readonly graph: DagGraph;
  /** Bodies and callbacks by the names under which a worker registers them. */
  readonly bodies: Readonly<Record<string, AnyBody>>;
  /** Checks a run's params; undefined when the DAG takes none. */
  readonly params: ParamsSchema<Params> | undefined;
}

/**
 * Defines a DAG. `build` declares its tasks and wires them by calling them.
 *
 * @throws TidemarkError with the file and line of the call to blame: cycles, ids used twice,
 *   unknown pools, maps over their limit, teardowns without setups, bad schedules.
 */
export function dag<Params = NoParams, Pool extends string = never>(
  id: string,
  options: DagOptions<Params, Pool>,
  build: (d: DagBuilder<Params, Pool>) => void,
): Dag<Params> {
  const site = callSite(dag);
  if (!isId(id)) {
    throw definitionError(`DAG id '${id}' is no name.`, {
      subject: id,
      site,
      hint: 'Use letters, digits, _ and -, beginning with a letter or _.',
    });
  }
  const draft: DagDraft = { id, site, tasks: new Map(), groups: [] };
  build(makeBuilder<Params, Pool>(draft, undefined));
  return Object.freeze({
    id,
    ...compileDraft(draft, options as unknown as DagOptions<never, string>),
    params: options.params,
  });
}

/** The graph of a DAG: frozen, plain JSON, the same for the same file. */
export function compile(dag: Dag): DagGraph {
  return dag.graph;
}

/** Bodies and callbacks by registered name: `dagId.taskId`, `dagId.taskId:onFailure`. */
export function bodiesOf(dag: Dag): Readonly<Record<string, AnyBody>> {
  return dag.bodies;
}
