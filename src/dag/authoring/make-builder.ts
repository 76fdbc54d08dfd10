/** Owns the builder a DAG file is given: each call adds to the draft. */
import type { TaskKind } from '../graph.js';
import { callSite } from './call-site.js';
import type { DagBuilder } from './dag-builder.js';
import type { AnyBody, DagDraft, TaskDraft } from './definition.js';
import { definitionError } from './definition-error.js';
import { keyTemplate } from './map-key.js';
import { connect, firstTasksOf, makeNode, makeTaskRef, sourceOf } from './refs.js';
import type { GraphNode } from './task-ref.js';
import type { MapOptions } from './wiring-types.js';

const ID = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const DEFAULT_MAP_LIMIT = 10_000;
const DEFAULT_MAX_ACTIVE = 16;

type Inputs = Readonly<Record<string, unknown>>;

/** Whether `id` can name a DAG, a task or a group. */
export function isId(id: string): boolean {
  return ID.test(id) && id.length <= 200;
}

/** What {@link declare} needs besides the builder's place. */
interface Declaration {
  readonly id: string;
  readonly kind: TaskKind;
  readonly body: unknown;
  readonly options: unknown;
  readonly site: string | undefined;
  readonly branches?: Readonly<Record<string, readonly string[]>>;
}

/** A builder whose ids begin with those of `groups`. */
export function makeBuilder<Params, Pool extends string>(
  draft: DagDraft,
  group: string | undefined,
): DagBuilder<Params, Pool> {
  const add = (declaration: Declaration): TaskDraft => declare(draft, group, declaration);
  const builder = {
    task: function task(id: string, body: unknown, options: unknown) {
      return mappable(draft, add({ id, kind: 'task', body, options, site: callSite(task) }));
    },
    sensor: function sensor(id: string, body: unknown, options: unknown) {
      return mappable(draft, add({ id, kind: 'sensor', body, options, site: callSite(sensor) }));
    },
    shortCircuit: function shortCircuit(id: string, body: unknown, options: unknown) {
      const site = callSite(shortCircuit);
      return callable(draft, add({ id, kind: 'short_circuit', body, options, site }));
    },
    setup: function setup(id: string, body: unknown, options: unknown) {
      return callable(draft, add({ id, kind: 'setup', body, options, site: callSite(setup) }));
    },
    branch: function branch(
      id: string,
      body: unknown,
      targets: Readonly<Record<string, GraphNode | readonly GraphNode[]>>,
      options: unknown,
    ) {
      const site = callSite(branch);
      return declareBranch(draft, add, { id, body, targets, options, site });
    },
    teardown: function teardown(
      id: string,
      body: unknown,
      options: { readonly setups?: GraphNode | readonly GraphNode[] } | undefined,
    ) {
      const site = callSite(teardown);
      const task = add({ id, kind: 'teardown', body, options, site });
      return teardownOf(draft, task, options?.setups);
    },
    group: function group_(id: string, build: (d: DagBuilder<Params, Pool>) => unknown): GraphNode {
      const site = callSite(group_);
      return declareGroup(draft, group, id, site, (inner) => build(makeBuilder(draft, inner)));
    },
  };
  // The draft is untyped by nature: what the types of DagBuilder promise was checked by the compiler.
  return builder as unknown as DagBuilder<Params, Pool>;
}

function declare(draft: DagDraft, group: string | undefined, given: Declaration): TaskDraft {
  const id = group === undefined ? given.id : `${group}.${given.id}`;
  const subject = `${draft.id}.${id}`;
  if (!isId(given.id)) {
    throw definitionError(`Task id '${given.id}' is no name.`, {
      subject,
      site: given.site,
      hint: 'Use letters, digits, _ and -, beginning with a letter or _.',
    });
  }
  const earlier = draft.tasks.get(id);
  if (earlier !== undefined || draft.groups.includes(id)) {
    const where = earlier?.site === undefined ? '' : `, first at ${earlier.site}`;
    throw definitionError(`Task id '${id}' is declared twice${where}.`, {
      subject,
      site: given.site,
      hint: 'Give each task of a DAG its own id.',
    });
  }
  const task: TaskDraft = {
    id,
    kind: given.kind,
    group,
    body: given.body as AnyBody,
    options: given.options ?? {},
    site: given.site,
    called: false,
    upstream: new Set(),
    inputs: {},
    ...(given.branches === undefined ? {} : { branches: given.branches }),
  };
  draft.tasks.set(id, task);
  return task;
}

/** Wires `inputs` into `task`; a definition can be called once. */
function wire(draft: DagDraft, task: TaskDraft, inputs: Inputs, site: string | undefined): void {
  if (task.called) {
    throw definitionError(`Task '${task.id}' is called twice; one definition is one task.`, {
      subject: `${draft.id}.${task.id}`,
      site,
      hint: 'Declare a second task with its own id and the same body, or map over a list.',
    });
  }
  task.called = true;
  for (const [name, given] of Object.entries(inputs)) {
    if (given === undefined) continue;
    const source = sourceOf(draft, task.id, name, given, site);
    task.inputs[name] = source;
    if (source.kind !== 'value') task.upstream.add(source.from);
  }
}

function caller(draft: DagDraft, task: TaskDraft): (inputs?: Inputs) => GraphNode {
  return function call(inputs: Inputs = {}): GraphNode {
    wire(draft, task, inputs, callSite(call));
    return makeTaskRef(draft, task.id, false);
  };
}

function callable(draft: DagDraft, task: TaskDraft): object {
  return Object.freeze(Object.assign(caller(draft, task), { id: task.id }));
}

function mappable(draft: DagDraft, task: TaskDraft): object {
  const mapWith = (fixed: Inputs) =>
    function map(lists: Inputs, options: MapOptions<never> = {}): GraphNode {
      const site = callSite(map);
      wire(draft, task, fixed, site);
      mapOver(draft, task, { lists, options, site });
      return makeTaskRef(draft, task.id, true);
    };
  const partial = (inputs: Inputs): object => Object.freeze({ map: mapWith(inputs) });
  return Object.freeze(
    Object.assign(caller(draft, task), { id: task.id, map: mapWith({}), partial }),
  );
}

interface MapCall {
  readonly lists: Inputs;
  readonly options: MapOptions<never>;
  readonly site: string | undefined;
}

function mapOver(draft: DagDraft, task: TaskDraft, { lists, options, site }: MapCall): void {
  const problem = { subject: `${draft.id}.${task.id}`, site };
  const limit = options.limit ?? DEFAULT_MAP_LIMIT;
  const maxActive = options.maxActive ?? DEFAULT_MAX_ACTIVE;
  const { shardSize } = options;
  if (!isCount(limit) || !isCount(maxActive) || !isCount(shardSize ?? 1)) {
    throw definitionError(`The map of task '${task.id}' has a limit that is no whole number.`, {
      ...problem,
      hint: 'Give limit, maxActive and shardSize as whole numbers from 1 on.',
    });
  }
  const over = Object.entries(lists).map(([name, given]) => {
    const source = sourceOf(draft, task.id, name, given, site);
    if (source.kind !== 'value') task.upstream.add(source.from);
    else if (!Array.isArray(source.value)) {
      throw definitionError(`Task '${task.id}' maps over '${name}', which is no list.`, {
        ...problem,
        hint: 'Give a list, or give the input with partial().',
      });
    }
    return { name, source };
  });
  if (over.length === 0) {
    throw definitionError(`Task '${task.id}' maps over nothing.`, {
      ...problem,
      hint: 'Name at least one list in map().',
    });
  }
  const items = over.reduce(
    (count, { source }) =>
      source.kind === 'value' ? count * (source.value as readonly unknown[]).length : count,
    1,
  );
  if (items > limit) {
    throw definitionError(`Task '${task.id}' maps over ${items} items; its limit is ${limit}.`, {
      ...problem,
      hint: 'Raise `limit` in the map options, or let one item do more.',
    });
  }
  const key = options.key === undefined ? undefined : keyTemplate(options.key);
  if (options.key !== undefined && key === undefined) {
    throw definitionError(`The key of task '${task.id}' does more than read its inputs.`, {
      ...problem,
      hint: 'Return one input or a template literal of several: (a) => `${a.table}-${a.mode}`.',
    });
  }
  task.map = {
    over,
    limit,
    maxActive,
    ...(shardSize === undefined ? {} : { shardSize }),
    ...(key === undefined ? {} : { key }),
  };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

interface BranchCall {
  readonly id: string;
  readonly body: unknown;
  readonly targets: Readonly<Record<string, GraphNode | readonly GraphNode[]>>;
  readonly options: unknown;
  readonly site: string | undefined;
}

function declareBranch(
  draft: DagDraft,
  add: (declaration: Declaration) => TaskDraft,
  { id, body, targets, options, site }: BranchCall,
): object {
  const branches: Record<string, readonly string[]> = {};
  for (const [label, nodes] of Object.entries(targets)) {
    branches[label] = (
      Array.isArray(nodes) ? (nodes as readonly GraphNode[]) : [nodes as GraphNode]
    )
      .flatMap((node) => firstTasksOf(draft, node, site))
      .filter((target, index, all) => all.indexOf(target) === index);
  }
  const task = add({ id, kind: 'branch', body, options, site, branches });
  for (const target of Object.values(branches).flat()) {
    draft.tasks.get(target)?.upstream.add(task.id);
  }
  return callable(draft, task);
}

function teardownOf(
  draft: DagDraft,
  task: TaskDraft,
  setups: GraphNode | readonly GraphNode[] | undefined,
): object {
  const list = (
    Array.isArray(setups) ? setups : setups === undefined ? [] : [setups]
  ) as GraphNode[];
  const self = makeTaskRef(draft, task.id, false);
  for (const setup of list) connect(draft, setup, self, task.site);
  const known = list.every((setup) => draft.tasks.get(setup.id)?.kind === 'setup');
  if (list.length === 0 || !known) {
    throw definitionError(`Teardown '${task.id}' names no setup that it tears down.`, {
      subject: `${draft.id}.${task.id}`,
      site: task.site,
      hint: 'Give { setups: … } what calling a d.setup returned.',
    });
  }
  return callable(draft, task);
}

function declareGroup(
  draft: DagDraft,
  outer: string | undefined,
  id: string,
  site: string | undefined,
  build: (group: string) => unknown,
): GraphNode {
  const group = outer === undefined ? id : `${outer}.${id}`;
  const taken = draft.groups.includes(group) || draft.tasks.has(group);
  if (!isId(id) || taken) {
    throw definitionError(
      taken ? `Group id '${group}' is declared twice.` : `Group id '${id}' is no name.`,
      {
        subject: `${draft.id}.${group}`,
        site,
        hint: 'Give each group its own id of letters, digits, _ and -, beginning with a letter or _.',
      },
    );
  }
  draft.groups.push(group);
  const outputs = build(group);
  const members = [...draft.tasks.values()].filter((task) => task.id.startsWith(`${group}.`));
  const ids = new Set(members.map((task) => task.id));
  const inner = new Set(members.flatMap((task) => [...task.upstream]));
  const first = members.filter((task) => ![...task.upstream].some((other) => ids.has(other)));
  const last = members.filter((task) => !inner.has(task.id));
  const node = makeNode(draft, group, {
    first: first.map((task) => task.id),
    last: last.map((task) => task.id),
  });
  return Object.freeze(Object.assign(node, { outputs }));
}
