/** Owns drawing a graph as Mermaid text, which GitHub and many tools show as a picture. */
import type { DagGraph, TaskNode } from '../graph.js';
import { STATE_STYLE, type States } from './state-style.js';

/** The graph as a Mermaid flowchart; coloured by `states` when given. */
export function renderMermaid(graph: DagGraph, states?: States): string {
  const lines = ['flowchart LR'];
  for (const node of graph.tasks) {
    if (node.group === undefined) lines.push(`  ${nodeText(graph, node)}`);
  }
  for (const group of graph.groups.filter((id) => !id.includes('.')))
    drawGroup(graph, group, '  ', lines);
  graph.tasks.forEach((node, place) => {
    for (const [at, up] of graph.tasks.entries()) {
      if (node.upstream.includes(up.id)) lines.push(`  t${at} --> t${place}`);
    }
  });
  if (states !== undefined) drawStates(graph, states, lines);
  return `${lines.join('\n')}\n`;
}

function drawGroup(graph: DagGraph, group: string, indent: string, lines: string[]): void {
  lines.push(`${indent}subgraph g${graph.groups.indexOf(group)}["${lastPart(group)}"]`);
  for (const node of graph.tasks) {
    if (node.group === group) lines.push(`${indent}  ${nodeText(graph, node)}`);
  }
  for (const inner of graph.groups) {
    const isChild = inner.startsWith(`${group}.`) && !inner.slice(group.length + 1).includes('.');
    if (isChild) drawGroup(graph, inner, `${indent}  `, lines);
  }
  lines.push(`${indent}end`);
}

/** Shapes tell kinds apart: a branch is a rhombus, a sensor is round, a mapped task is stacked. */
function nodeText(graph: DagGraph, node: TaskNode): string {
  const id = `t${graph.tasks.indexOf(node)}`;
  const label = lastPart(node.id);
  if (node.map !== undefined) return `${id}[["${label}"]]`;
  switch (node.kind) {
    case 'branch':
    case 'short_circuit':
      return `${id}{"${label}"}`;
    case 'sensor':
      return `${id}(["${label}"])`;
    case 'setup':
      return `${id}[/"${label}"\\]`;
    case 'teardown':
      return `${id}[\\"${label}"/]`;
    case 'task':
      return `${id}["${label}"]`;
  }
}

function drawStates(graph: DagGraph, states: States, lines: string[]): void {
  const used = new Set(graph.tasks.map((node) => states[node.id] ?? 'waiting'));
  for (const state of used) {
    const { fill, stroke } = STATE_STYLE[state];
    lines.push(`  classDef ${state} fill:${fill},stroke:${stroke},color:#0f172a`);
  }
  graph.tasks.forEach((node, place) => {
    lines.push(`  class t${place} ${states[node.id] ?? 'waiting'}`);
  });
}

function lastPart(id: string): string {
  return id.slice(id.lastIndexOf('.') + 1);
}
