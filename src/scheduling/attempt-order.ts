/** Owns how one attempt of a task becomes an activity: what it is given, and what people read of it. */
import type { AttemptId, InstanceId } from '../dag/engine/messages.js';
import { inputsOf, type Resolved, type TaskSources } from '../dag/engine/resolve-inputs.js';
import { renderKey } from '../dag/authoring/map-key.js';
import type { Json, TaskNode } from '../dag/graph.js';
import type { RunFacts } from './dag-run-input.js';
import type { TaskOrder } from './task-order.js';

/** One attempt, ready to be called. */
export interface AttemptOrder {
  readonly order: TaskOrder;
  /** The registered name of the body. */
  readonly body: string;
  /** Whether it runs as a local activity. */
  readonly local: boolean;
  /** `copy[orders] 3/12`. */
  readonly summary: string;
}

/** `copy`, or `copy[3]` for an item of a mapped task. */
export function instanceName({ task, mapIndex }: InstanceId): string {
  return mapIndex < 0 ? task : `${task}[${mapIndex}]`;
}

/** How a run stands when an attempt begins. */
interface Standing {
  readonly sources: TaskSources;
  /** When a sensor was first looked at. */
  readonly firstPokeAtMs: number;
  readonly nowMs: number;
}

/** The order for an attempt of `node`. */
export function attemptOrderOf(
  node: TaskNode,
  run: RunFacts,
  { task, mapIndex, attempt }: AttemptId,
  { sources, firstPokeAtMs, nowMs }: Standing,
): AttemptOrder {
  const inputs = inputsOf(sources, mapIndex);
  const { sensor, pool, local, executionTimeoutMs } = node;
  // A sensor that holds a slot, or runs within a workflow task, must give it back between looks.
  const serverWaits = pool === undefined && !local;
  return {
    body: node.body,
    local,
    summary: summaryOf(node, { mapIndex, attempt, inputs, lengths: sources.lengths }),
    order: {
      run,
      task,
      kind: node.kind,
      attempt,
      mapIndex,
      inputs,
      ...(executionTimeoutMs === undefined ? {} : { executionTimeoutMs }),
      ...(sensor === undefined
        ? {}
        : {
            sensor: {
              leftMs: Math.max(0, firstPokeAtMs + sensor.timeoutMs - nowMs),
              ...(serverWaits ? { retryAfterMs: sensor.pokeIntervalMs } : {}),
            },
          }),
      outputName: `${run.dagId}/${run.runId}/${task}${mapIndex < 0 ? '' : `/${mapIndex}`}/${attempt}`,
      valueNeeded: node.kind === 'branch' || node.kind === 'short_circuit',
    },
  };
}

interface Summarised {
  readonly mapIndex: number;
  readonly attempt: number;
  readonly inputs: Readonly<Record<string, Resolved>>;
  readonly lengths: readonly number[];
}

function summaryOf(node: TaskNode, { mapIndex, attempt, inputs, lengths }: Summarised): string {
  const again = attempt === 1 ? '' : `, attempt ${attempt}`;
  if (mapIndex < 0) return `${node.id}${again}`;
  const key = node.map?.key === undefined ? undefined : keyOf(node.map.key, inputs);
  const count = lengths.reduce((product, length) => product * length, 1);
  return `${node.id}[${key ?? mapIndex}] ${mapIndex + 1}/${count}${again}`;
}

/** The item's own name; undefined where a part of it is kept elsewhere. */
function keyOf(template: string, inputs: Readonly<Record<string, Resolved>>): string | undefined {
  const values: Record<string, Json> = {};
  for (const [name, input] of Object.entries(inputs)) {
    if (input.kind === 'value') values[name] = input.value;
  }
  const key = renderKey(template, values);
  return key.includes('?') ? undefined : key;
}
