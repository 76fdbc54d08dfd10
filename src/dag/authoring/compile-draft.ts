/** Owns turning a declared DAG into its graph and bodies, and refusing what cannot run. */
import { parseInstant } from '../../core/instant.js';
import { messageOf } from '../../core/errors.js';
import { parseDuration } from '../duration.js';
import { deepFreeze, type DagGraph, type TaskNode } from '../graph.js';
import type { Schedule } from '../schedule.js';
import { checkSchedule } from '../timetable/timetable.js';
import { bodiesOfTask, compileTask } from './compile-task.js';
import type { DagOptions } from './dag-builder.js';
import type { AnyBody, AnyTaskOptions, DagDraft } from './definition.js';
import { definitionError } from './definition-error.js';
import { orderTasks } from './order-tasks.js';

type Options = DagOptions<never, string>;
const DEFAULT_MAX_ACTIVE_RUNS = 16;
const DEFAULT_MAX_ACTIVE_TASKS = 100;

/** The graph and the bodies of `draft`. */
export function compileDraft(
  draft: DagDraft,
  options: Options,
): { readonly graph: DagGraph; readonly bodies: Readonly<Record<string, AnyBody>> } {
  const defaults = (options.defaults ?? {}) as AnyTaskOptions;
  const settings = { defaults, pools: options.pools ?? {} };
  checkOptions(draft, options);
  const nodes = orderedNodes(
    draft,
    [...draft.tasks.values()].map((task) => compileTask(draft, task, settings)),
  );
  for (const node of nodes) checkBranch(draft, node, nodes);
  const graph: DagGraph = {
    version: 1,
    id: draft.id,
    ...(options.description === undefined ? {} : { description: options.description }),
    tags: options.tags ?? [],
    schedule: scheduleOf(options.schedule),
    ...(options.startDate === undefined ? {} : { startDate: options.startDate }),
    ...(options.endDate === undefined ? {} : { endDate: options.endDate }),
    catchup: options.catchup ?? false,
    maxActiveRuns: options.maxActiveRuns ?? DEFAULT_MAX_ACTIVE_RUNS,
    maxActiveTasks: options.maxActiveTasks ?? DEFAULT_MAX_ACTIVE_TASKS,
    pools: settings.pools,
    ...deadlineOf(draft, options),
    callbacks: {
      ...(options.onSuccess === undefined ? {} : { onSuccess: `${draft.id}:onSuccess` }),
      ...(options.onFailure === undefined ? {} : { onFailure: `${draft.id}:onFailure` }),
    },
    groups: draft.groups,
    tasks: nodes,
  };
  // Through JSON and back: what a run pins is exactly this, and shares nothing with the file's own.
  return {
    graph: deepFreeze(JSON.parse(JSON.stringify(graph)) as DagGraph),
    bodies: Object.freeze({ ...taskBodies(draft, defaults), ...dagBodies(draft, options) }),
  };
}

function orderedNodes(draft: DagDraft, nodes: readonly TaskNode[]): readonly TaskNode[] {
  const result = orderTasks(nodes);
  if ('ordered' in result) return result.ordered;
  throw definitionError(`The tasks wait for each other: ${result.cycle.join(' → ')}.`, {
    subject: `${draft.id}.${String(result.cycle[0])}`,
    site: draft.tasks.get(String(result.cycle[0]))?.site,
    hint: 'Take one of these dependencies away.',
  });
}

function checkOptions(draft: DagDraft, options: Options): void {
  const fail = (message: string, hint: string): never => {
    throw definitionError(message, { subject: draft.id, site: draft.site, hint });
  };
  if (draft.tasks.size === 0) {
    fail(`DAG '${draft.id}' has no tasks.`, 'Declare at least one with d.task and call it.');
  }
  try {
    checkSchedule(scheduleOf(options.schedule));
  } catch (error) {
    fail(`The schedule of DAG '${draft.id}' cannot be: ${messageOf(error)}`, 'Mend the schedule.');
  }
  for (const name of ['startDate', 'endDate'] as const) {
    const text = options[name];
    if (text !== undefined && parseInstant(text) === undefined) {
      fail(`${name} '${text}' is no time.`, 'Write it with its zone: 2026-01-31T00:00:00Z.');
    }
  }
  if (options.catchup === true && options.startDate === undefined) {
    fail(`DAG '${draft.id}' catches up from no startDate.`, 'Give a startDate.');
  }
  for (const name of ['maxActiveRuns', 'maxActiveTasks'] as const) {
    const value = options[name] ?? 1;
    if (!Number.isSafeInteger(value) || value < 1) {
      fail(`${name} is ${value}.`, 'Give a whole number from 1 on.');
    }
  }
  for (const [pool, slots] of Object.entries(options.pools ?? {})) {
    if (!Number.isSafeInteger(slots) || slots < 1) {
      fail(`Pool '${pool}' has ${slots} slots.`, 'Give a whole number from 1 on.');
    }
  }
}

/** What is directly downstream of a branch must be reachable by one of its labels, or never runs. */
function checkBranch(draft: DagDraft, node: TaskNode, nodes: readonly TaskNode[]): void {
  if (node.branches === undefined) return;
  const reached = new Set(Object.values(node.branches).flat());
  for (const later of nodes) {
    if (later.upstream.some((id) => reached.has(id) && id !== node.id)) reached.add(later.id);
  }
  const lost = nodes.find((other) => other.upstream.includes(node.id) && !reached.has(other.id));
  if (lost === undefined) return;
  throw definitionError(
    `Task '${lost.id}' waits for branch '${node.id}', which never leads to it.`,
    {
      subject: `${draft.id}.${lost.id}`,
      site: draft.tasks.get(node.id)?.site,
      hint: `Name it under a label of '${node.id}', or let it wait for what the branch leads to.`,
    },
  );
}

function scheduleOf(schedule: Options['schedule']): Schedule {
  if (schedule === undefined) return { kind: 'manual' };
  const isCondition =
    schedule.kind === 'asset' || schedule.kind === 'and' || schedule.kind === 'or';
  return isCondition ? { kind: 'assets', when: schedule } : schedule;
}

function deadlineOf(draft: DagDraft, { deadline }: Options): Pick<DagGraph, 'deadline'> {
  if (deadline === undefined) return {};
  const afterMs = parseDuration(deadline.after);
  if (afterMs === undefined) {
    throw definitionError(`The deadline '${deadline.after}' is no duration.`, {
      subject: draft.id,
      site: draft.site,
      hint: "Write a number and ms, s, m, h or d: '2h'.",
    });
  }
  const from = deadline.from ?? 'runStart';
  return { deadline: { afterMs, from, callback: `${draft.id}:onMissed` } };
}

function taskBodies(draft: DagDraft, defaults: AnyTaskOptions): Record<string, AnyBody> {
  const bodies: Record<string, AnyBody> = {};
  for (const task of draft.tasks.values()) {
    Object.assign(bodies, bodiesOfTask(draft, task, defaults));
  }
  return bodies;
}

function dagBodies(draft: DagDraft, options: Options): Record<string, AnyBody> {
  const bodies: Record<string, AnyBody> = {};
  if (options.onSuccess !== undefined) bodies[`${draft.id}:onSuccess`] = options.onSuccess;
  if (options.onFailure !== undefined) bodies[`${draft.id}:onFailure`] = options.onFailure;
  if (options.deadline !== undefined) bodies[`${draft.id}:onMissed`] = options.deadline.onMissed;
  return bodies;
}
