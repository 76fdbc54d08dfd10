/** Owns drawing a graph as an SVG picture that needs nothing else. */
import type { DagGraph, TaskNode } from '../graph.js';
import { layOut, type Cell, type Layout, type Route } from './layout.js';
import { STATE_STYLE, type States } from './state-style.js';

const CHAR_WIDTH = 7.3;
const BOX_HEIGHT = 34;
const ROW = 58;
const GAP = 56;
const MARGIN = 24;
const TITLE = 40;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Where columns begin and how wide they are. */
interface Grid {
  readonly layout: Layout;
  readonly starts: readonly number[];
  readonly widths: readonly number[];
}

/** The graph in layers from left to right; coloured by `states` when given. */
export function renderSvg(graph: DagGraph, states?: States): string {
  const grid = makeGrid(graph);
  const { layout, starts } = grid;
  const boxes = graph.tasks.map((node, at): Box => {
    const cell = layout.cells[at] as Cell;
    return { x: starts[cell.column] ?? 0, y: topOf(grid, cell), width: boxWidth(node) };
  });
  const width = boxes.reduce((most, box) => Math.max(most, box.x + box.width), 0) + MARGIN;
  const height = TITLE + layout.rows * ROW + MARGIN;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-sans-serif, system-ui, sans-serif" font-size="13">`,
    `<title>${escape(graph.id)}</title>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#64748b"/></marker></defs>',
    `<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>`,
    `<text x="${MARGIN}" y="28" font-size="15" font-weight="600" fill="#0f172a">${escape(graph.id)}</text>`,
    ...graph.groups.map((group) => groupBox(graph, group, boxes)),
    ...layout.routes.map((route) => edge(grid, route, boxes)),
    ...graph.tasks.map((node, at) => taskBox(node, boxes[at] as Box, states)),
    '</svg>',
  ];
  return `${parts.filter((part) => part !== '').join('\n')}\n`;
}

function makeGrid(graph: DagGraph): Grid {
  const layout = layOut(graph);
  const widths = layout.columns.map(() => 0);
  graph.tasks.forEach((node, at) => {
    const column = layout.cells[at]?.column ?? 0;
    widths[column] = Math.max(widths[column] ?? 0, boxWidth(node));
  });
  const starts = widths.map(
    (_width, column) =>
      MARGIN + widths.slice(0, column).reduce((sum, width) => sum + width + GAP, 0),
  );
  return { layout, starts, widths };
}

/** The top of a cell's box. Shorter columns are centred, so that a fan opens on both sides. */
function topOf({ layout }: Grid, { column, row }: Cell): number {
  const lift = ((layout.rows - (layout.columns[column] ?? 0)) * ROW) / 2;
  return round(TITLE + 12 + lift + row * ROW);
}

function taskBox(node: TaskNode, { x, y, width }: Box, states: States | undefined): string {
  const state = states?.[node.id];
  const { fill, stroke, sign } = STATE_STYLE[state ?? 'waiting'];
  const radius = node.kind === 'sensor' ? BOX_HEIGHT / 2 : 6;
  const dash = node.kind === 'setup' || node.kind === 'teardown' ? ' stroke-dasharray="5 3"' : '';
  const box = (dx: number, dy: number): string =>
    `<rect x="${x + dx}" y="${y + dy}" width="${width}" height="${BOX_HEIGHT}" rx="${radius}" fill="${fill}" stroke="${stroke}" stroke-width="1.5"${dash}/>`;
  const label = `${state === undefined ? '' : `${sign} `}${labelOf(node)}`;
  return [
    `<g><title>${escape(titleOf(node, state))}</title>`,
    node.map === undefined ? '' : box(4, -4),
    box(0, 0),
    `<text x="${round(x + width / 2)}" y="${y + 22}" text-anchor="middle" fill="#0f172a">${escape(label)}</text></g>`,
  ].join('');
}

/** A curve from task to task, straight through each column that it passes. */
function edge(grid: Grid, { from, to, via }: Route, boxes: readonly Box[]): string {
  const [start, end] = [boxes[from] as Box, boxes[to] as Box];
  let x = start.x + start.width;
  let y = start.y + BOX_HEIGHT / 2;
  let path = `M${x} ${y}`;
  const curveTo = (nextX: number, nextY: number): void => {
    const bend = round((nextX - x) / 2);
    path += `C${x + bend} ${y} ${nextX - bend} ${nextY} ${nextX} ${nextY}`;
    [x, y] = [nextX, nextY];
  };
  for (const cell of via) {
    const left = grid.starts[cell.column] ?? 0;
    curveTo(left, topOf(grid, cell) + BOX_HEIGHT / 2);
    x = left + (grid.widths[cell.column] ?? 0);
    path += `H${x}`;
  }
  curveTo(end.x - 2, end.y + BOX_HEIGHT / 2);
  return `<path d="${path}" fill="none" stroke="#64748b" stroke-width="1.3" marker-end="url(#arrow)"/>`;
}

function groupBox(graph: DagGraph, group: string, boxes: readonly Box[]): string {
  const inside = boxes.filter((_box, at) => graph.tasks[at]?.id.startsWith(`${group}.`) === true);
  if (inside.length === 0) return '';
  const left = Math.min(...inside.map((box) => box.x)) - 12;
  const right = Math.max(...inside.map((box) => box.x + box.width)) + 12;
  const top = Math.min(...inside.map((box) => box.y)) - 18;
  const bottom = Math.max(...inside.map((box) => box.y)) + BOX_HEIGHT + 8;
  return [
    `<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" rx="10" fill="#f1f5f9" fill-opacity="0.6" stroke="#cbd5e1"/>`,
    `<text x="${left + 8}" y="${top + 13}" font-size="11" fill="#475569">${escape(group)}</text>`,
  ].join('');
}

function labelOf(node: TaskNode): string {
  const name = node.id.slice(node.id.lastIndexOf('.') + 1);
  const sign = node.kind === 'branch' || node.kind === 'short_circuit' ? '◇ ' : '';
  return `${sign}${name}${node.map === undefined ? '' : ' [ ]'}`;
}

function titleOf(node: TaskNode, state: string | undefined): string {
  const parts = [node.id, state, node.triggerRule === 'all_success' ? undefined : node.triggerRule];
  return parts.filter((part) => part !== undefined).join(' · ');
}

function boxWidth(node: TaskNode): number {
  // Room for a state's sign too, so that a picture does not change its shape during a run.
  return Math.ceil((labelOf(node).length + 2) * CHAR_WIDTH) + 24;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
