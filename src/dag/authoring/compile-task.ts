/** Owns turning one declared task into its node of the graph. */
import { parseDuration } from '../duration.js';
import type { CallbackNames, TaskNode } from '../graph.js';
import type { TriggerRule } from '../trigger-rule.js';
import type { AnyBody, AnyTaskOptions, DagDraft, TaskDraft } from './definition.js';
import { definitionError } from './definition-error.js';

/** What a DAG's options mean for its tasks. */
export interface TaskSettings {
  readonly defaults: AnyTaskOptions;
  readonly pools: Readonly<Record<string, number>>;
}

/** The node of `task`. */
export function compileTask(draft: DagDraft, task: TaskDraft, settings: TaskSettings): TaskNode {
  const options: AnyTaskOptions = { ...settings.defaults, ...task.options };
  const fail = failer(draft, task);
  const duration = (name: keyof AnyTaskOptions, otherwise: string): number =>
    readDuration(fail, name, (options[name] as string | undefined) ?? otherwise);
  if (!task.called) {
    fail('is declared but not in the graph', `Call it: ${task.id}({ … }) puts it there.`);
  }
  const rule: TriggerRule =
    task.kind === 'teardown' ? 'all_done_setup_success' : (options.triggerRule ?? 'all_success');
  return {
    id: task.id,
    kind: task.kind,
    ...(options.description === undefined ? {} : { description: options.description }),
    ...(task.group === undefined ? {} : { group: task.group }),
    body: `${draft.id}.${task.id}`,
    upstream: [...task.upstream],
    inputs: task.inputs,
    ...(task.map === undefined ? {} : { map: { ...task.map, offset: 0 } }),
    triggerRule: rule,
    retries: count(fail, 'retries', options.retries ?? 0, 0),
    retryDelayMs: duration('retryDelay', '5m'),
    retryExponentialBackoff: options.retryExponentialBackoff ?? false,
    maxRetryDelayMs: duration('maxRetryDelay', '1d'),
    ...(options.executionTimeout === undefined
      ? {}
      : { executionTimeoutMs: duration('executionTimeout', '0s') }),
    ...poolOf(fail, options, settings.pools),
    priority: options.priority ?? 1,
    dependsOnPast: options.dependsOnPast ?? false,
    local: options.local ?? false,
    outlets: (options.outlets ?? []).map((outlet) => outlet.name),
    callbacks: callbackNames(draft, task, options),
    ...kindParts(task, options, duration),
  };
}

/** The bodies of `task` by the names they are registered under. */
export function bodiesOfTask(
  draft: DagDraft,
  task: TaskDraft,
  defaults: AnyTaskOptions,
): Readonly<Record<string, AnyBody>> {
  const options: AnyTaskOptions = { ...defaults, ...task.options };
  const bodies: Record<string, AnyBody> = { [`${draft.id}.${task.id}`]: task.body };
  const names = callbackNames(draft, task, options);
  for (const kind of ['onSuccess', 'onFailure', 'onRetry'] as const) {
    const name = names[kind];
    if (name !== undefined) bodies[name] = options[kind] as AnyBody;
  }
  return bodies;
}

type Fail = (what: string, hint: string) => never;

function failer(draft: DagDraft, task: TaskDraft): Fail {
  return (what, hint) => {
    const problem = { subject: `${draft.id}.${task.id}`, site: task.site, hint };
    throw definitionError(`Task '${task.id}' ${what}.`, problem);
  };
}

function readDuration(fail: Fail, name: string, text: string): number {
  return (
    parseDuration(text) ??
    fail(
      `has a ${name} of '${text}', which is no duration`,
      "Write a number and ms, s, m, h or d: '5m'.",
    )
  );
}

function count(fail: Fail, name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  return fail(`has ${name} ${value}`, `Give a whole number from ${least} on.`);
}

function poolOf(
  fail: Fail,
  options: AnyTaskOptions,
  pools: Readonly<Record<string, number>>,
): { readonly pool?: string; readonly poolSlots: number } {
  const { pool } = options;
  const poolSlots = count(fail, 'poolSlots', options.poolSlots ?? 1, 1);
  if (pool === undefined) return { poolSlots };
  const slots = Object.hasOwn(pools, pool) ? pools[pool] : undefined;
  if (slots === undefined) {
    const known = Object.keys(pools).join(', ') || 'none';
    return fail(
      `uses the unknown pool '${pool}'`,
      `Declare it in the DAG's pools (there: ${known}).`,
    );
  }
  if (poolSlots > slots) {
    fail(`needs ${poolSlots} slots of pool '${pool}', which has ${slots}`, 'Ask for fewer slots.');
  }
  if (options.local === true) {
    fail('is local and in a pool', 'Drop one of the two: what waits for a slot is not short.');
  }
  return { pool, poolSlots };
}

function callbackNames(draft: DagDraft, task: TaskDraft, options: AnyTaskOptions): CallbackNames {
  const name = (kind: string): string => `${draft.id}.${task.id}:${kind}`;
  return {
    ...(options.onSuccess === undefined ? {} : { onSuccess: name('onSuccess') }),
    ...(options.onFailure === undefined ? {} : { onFailure: name('onFailure') }),
    ...(options.onRetry === undefined ? {} : { onRetry: name('onRetry') }),
  };
}

function kindParts(
  task: TaskDraft,
  options: AnyTaskOptions,
  duration: (name: keyof AnyTaskOptions, otherwise: string) => number,
): Pick<TaskNode, 'sensor' | 'branches' | 'ignoreDownstreamTriggerRules' | 'onFailureFailDagRun'> {
  switch (task.kind) {
    case 'sensor':
      return {
        sensor: {
          pokeIntervalMs: duration('pokeInterval', '1m'),
          timeoutMs: duration('timeout', '7d'),
          softFail: options.softFail ?? false,
        },
      };
    case 'branch':
      return { branches: task.branches ?? {} };
    case 'short_circuit':
      return { ignoreDownstreamTriggerRules: options.ignoreDownstreamTriggerRules ?? true };
    case 'teardown':
      return { onFailureFailDagRun: options.onFailureFailDagRun ?? false };
    case 'task':
    case 'setup':
      return {};
  }
}
