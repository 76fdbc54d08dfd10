/** Owns drawing a graph for a terminal: one line a task, its upstreams to the left of its name. */
import type { DagGraph, TaskNode } from '../graph.js';
import { STATE_STYLE, type States } from './state-style.js';

/** How to draw it. */
export interface TextOptions {
  /** Colours by ANSI escapes. */
  readonly color?: boolean;
}

/**
 * The graph as text. Each task has a lane from its line down to the last task that waits for it:
 * `●` marks the task, `┘` where its lane ends, `┤` where a task waits for it and others still do.
 */
export function renderText(graph: DagGraph, states?: States, options: TextOptions = {}): string {
  const lanes: (string | undefined)[] = [];
  const lastUse = new Map<string, number>();
  graph.tasks.forEach((node, at) => {
    for (const id of node.upstream) lastUse.set(id, at);
  });
  const rows = graph.tasks.map((node, at) => {
    const own = new Set(node.upstream);
    const needed = (lastUse.get(node.id) ?? -1) > at;
    const free = lanes.indexOf(undefined);
    const lane = free < 0 ? lanes.length : free;
    const cells = lanes.map((id): string => cell(id, own, lastUse, at));
    cells[lane] = '●';
    lanes.forEach((id, other) => {
      if (id !== undefined && lastUse.get(id) === at) lanes[other] = undefined;
    });
    if (needed) lanes[lane] = node.id;
    return { node, cells };
  });
  const width = Math.max(...rows.map(({ cells }) => cells.length));
  const nameWidth = Math.max(...graph.tasks.map((node) => node.id.length + suffix(node).length));
  const lines = rows.map(({ node, cells }) => {
    const picture = Array.from({ length: width }, (_cell, at) => cells[at] ?? ' ').join(' ');
    const name = `${node.id}${suffix(node)}`;
    return `${picture}  ${details(node, name, nameWidth, states, options.color === true)}`.trimEnd();
  });
  return `${[graph.id, ...lines].join('\n')}\n`;
}

function cell(
  id: string | undefined,
  own: ReadonlySet<string>,
  lastUse: ReadonlyMap<string, number>,
  at: number,
): string {
  if (id === undefined) return ' ';
  if (!own.has(id)) return '│';
  return lastUse.get(id) === at ? '┘' : '┤';
}

function details(
  node: TaskNode,
  name: string,
  nameWidth: number,
  states: States | undefined,
  color: boolean,
): string {
  const state = states?.[node.id];
  const rule =
    node.triggerRule === 'all_success' || node.kind === 'teardown' ? '' : node.triggerRule;
  const from = node.upstream.length === 0 ? '' : `← ${node.upstream.join(', ')}`;
  const notes = [rule, from].filter((part) => part !== '').join('  ');
  if (state === undefined) return `${name.padEnd(nameWidth)}  ${notes}`;
  const { sign, ansi } = STATE_STYLE[state];
  const text = `${sign} ${name.padEnd(nameWidth)}  ${state.padEnd('up_for_reschedule'.length)}`;
  return `${color ? `\u001b[${ansi}m${text}\u001b[0m` : text}  ${notes}`;
}

function suffix(node: TaskNode): string {
  if (node.map !== undefined) return '[ ]';
  return node.kind === 'task' ? '' : ` (${node.kind.replace('_', '-')})`;
}
