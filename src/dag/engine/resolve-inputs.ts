/** Owns what a task is given as inputs: values, or where values are kept, never loaded here. */
import { chunkedAt, chunkedEntries } from './chunked-list.js';
import { placeOf } from './graph-index.js';
import { itemOfLists } from './expand-map.js';
import {
  isEnd,
  type ItemRun,
  type NodeRun,
  type Output,
  type RunState,
  type TaskRun,
} from './run-state.js';
import type { DagGraph, InputSource, Json } from '../graph.js';
import type { TaskError } from '../outcome.js';

/** An input as plain JSON, with what is kept elsewhere by reference. */
export type Resolved =
  | { readonly kind: 'value'; readonly value: Json }
  /** A kept output; with `item`, that entry of the list it is. */
  | { readonly kind: 'ref'; readonly ref: string; readonly item?: number }
  /** The output at `item` of a list of kept outputs. */
  | { readonly kind: 'kept'; readonly ref: string; readonly item: number }
  /** Entries `[from, to)` of a list of kept outputs, among `of`; as successes with `outcomes`. */
  | {
      readonly kind: 'slice';
      readonly ref: string;
      readonly from: number;
      readonly to: number;
      readonly outcomes: boolean;
    }
  | { readonly kind: 'list'; readonly of: readonly Resolved[] }
  | { readonly kind: 'outcome'; readonly state: 'success'; readonly value: Resolved }
  | { readonly kind: 'outcome'; readonly state: 'failed'; readonly error: TaskError }
  | { readonly kind: 'outcome'; readonly state: 'skipped' | 'upstream_failed' | 'pending' };

/** The inputs of a task, before an item's own are picked from the lists mapped over. */
export interface TaskSources {
  readonly fixed: Readonly<Record<string, Resolved>>;
  readonly lists: readonly { readonly name: string; readonly list: Resolved }[];
  readonly lengths: readonly number[];
}

/** The inputs of a task as its upstreams stand; the same for all items of a mapped one. */
export function sourcesOf(graph: DagGraph, state: RunState, task: string): TaskSources {
  const place = placeOf(graph, task);
  const node = graph.tasks[place];
  const strict = node?.triggerRule === 'all_success';
  const fixed: Record<string, Resolved> = {};
  for (const [name, source] of Object.entries(node?.inputs ?? {})) {
    fixed[name] = resolve(graph, state, source, strict);
  }
  const lists = (node?.map?.over ?? []).map(({ name, source }) => ({
    name,
    list: resolve(graph, state, source, true),
  }));
  return { fixed, lists, lengths: chunkedAt(state.tasks, place)?.items?.lengths ?? [] };
}

/** The inputs of one instance; `mapIndex` is −1 for a task that is not mapped. */
export function inputsOf(
  sources: TaskSources,
  mapIndex: number,
): Readonly<Record<string, Resolved>> {
  if (mapIndex < 0) return sources.fixed;
  const entries = itemOfLists(sources.lengths, mapIndex);
  const picked = sources.lists.map(({ name, list }, at) => [name, pick(list, entries[at] ?? 0)]);
  return { ...sources.fixed, ...(Object.fromEntries(picked) as Record<string, Resolved>) };
}

/** The inputs with every kept value loaded: what the body is called with. */
export async function loadInputs(
  inputs: Readonly<Record<string, Resolved>>,
  load: (ref: string) => Promise<Json>,
): Promise<Readonly<Record<string, unknown>>> {
  const loaded = Object.entries(inputs).map(async ([name, input]): Promise<[string, unknown]> => [
    name,
    await loadOne(input, load),
  ]);
  return Object.fromEntries(await Promise.all(loaded));
}

async function loadOne(input: Resolved, load: (ref: string) => Promise<Json>): Promise<unknown> {
  switch (input.kind) {
    case 'value':
      return input.value;
    case 'ref': {
      const value = await load(input.ref);
      return input.item === undefined ? value : (value as readonly Json[])[input.item];
    }
    case 'slice': {
      const kept = await load(input.ref);
      const values = await Promise.all(
        keptOutputs(kept)
          .slice(input.from, input.to)
          .map((output) => loadOne(ofOutput(output ?? undefined), load)),
      );
      return input.outcomes ? values.map((value) => ({ state: 'success', value })) : values;
    }
    case 'kept': {
      const output = keptOutputs(await load(input.ref))[input.item];
      return loadOne(ofOutput(output ?? undefined), load);
    }
    case 'list': {
      const parts = await Promise.all(input.of.map((part) => loadOne(part, load)));
      return parts.flatMap((part, at) => (input.of[at]?.kind === 'slice' ? part : [part]));
    }
    case 'outcome':
      if (input.state === 'success') {
        return { state: 'success', value: await loadOne(input.value, load) };
      }
      return input.state === 'failed'
        ? { state: 'failed', error: input.error }
        : { state: input.state };
  }
}

/** A kept list as it was stored: null where an item left no output. */
function keptOutputs(list: Json): readonly (Output | null)[] {
  return list as unknown as readonly (Output | null)[];
}

function resolve(graph: DagGraph, state: RunState, source: InputSource, strict: boolean): Resolved {
  if (source.kind === 'value') return source;
  const run = chunkedAt(state.tasks, placeOf(graph, source.from)) as NodeRun;
  if (source.kind === 'outcomes') {
    const { items } = run;
    return { kind: 'list', of: items === undefined ? [] : itemsResolved(items, 'outcomes') };
  }
  return strict ? outputOf(run) : outcomeOf(run);
}

/** A task's output; of a mapped one the outputs of the items that succeeded, in order. */
function outputOf(run: NodeRun | TaskRun): Resolved {
  const mapped = itemsOf(run);
  if (mapped === undefined) return ofOutput(run.output);
  return { kind: 'list', of: itemsResolved(mapped, 'values') };
}

/** Every item in order as an outcome, or the outputs of those that succeeded; kept ones as slices. */
function itemsResolved(
  { list, kept }: NonNullable<NodeRun['items']>,
  as: 'values' | 'outcomes',
): readonly Resolved[] {
  const resolved: Resolved[] = [];
  const byStart = kept.toSorted((left, right) => left.from - right.from);
  let at = -1;
  let segment = 0;
  for (const entry of chunkedEntries(list)) {
    at += 1;
    while ((byStart[segment]?.to ?? Infinity) <= at) segment += 1;
    const keptAs = byStart[segment];
    if (typeof entry === 'number' && entry > 0 && keptAs !== undefined && keptAs.from <= at) {
      extendSlice(resolved, keptAs.ref, at - keptAs.from, as === 'outcomes');
      continue;
    }
    const item = itemRun(entry);
    if (as === 'outcomes') resolved.push(outcomeOf(item));
    else if (item.state === 'success') resolved.push(ofOutput(item.output));
  }
  return resolved;
}

function extendSlice(resolved: Resolved[], ref: string, at: number, outcomes: boolean): void {
  const last = resolved.at(-1);
  if (last?.kind === 'slice' && last.ref === ref && last.to === at) {
    resolved[resolved.length - 1] = { ...last, to: at + 1 };
  } else resolved.push({ kind: 'slice', ref, from: at, to: at + 1, outcomes });
}

function ofOutput(output: Output | undefined): Resolved {
  if (output === undefined) return { kind: 'value', value: null };
  return 'ref' in output
    ? { kind: 'ref', ref: output.ref }
    : { kind: 'value', value: output.value };
}

function outcomeOf(run: NodeRun | TaskRun): Resolved {
  if (run.state === 'success') return { kind: 'outcome', state: 'success', value: outputOf(run) };
  if (run.state === 'failed') return { kind: 'outcome', state: 'failed', error: errorOf(run) };
  return { kind: 'outcome', state: isEnd(run.state) ? run.state : 'pending' };
}

function errorOf(run: NodeRun | TaskRun): TaskError {
  if (run.error !== undefined) return run.error;
  const items = itemsOf(run);
  if (items === undefined) return { message: 'It failed and did not say why.' };
  const failed = [...chunkedEntries(items.list)]
    .map(itemRun)
    .find((item) => item.error !== undefined);
  const first = failed?.error?.message ?? 'no reason given';
  return {
    message: `${items.failed} of ${items.count} items failed; the first: ${first}`,
    type: 'ItemsFailed',
  };
}

function itemsOf(run: NodeRun | TaskRun): NodeRun['items'] {
  return (run as Partial<NodeRun>).items;
}

function itemRun(item: ItemRun): TaskRun {
  if (typeof item !== 'number') return item;
  return { state: item === 0 ? 'waiting' : 'success', attempt: item, lastAttempt: item };
}

function pick(list: Resolved, index: number): Resolved {
  switch (list.kind) {
    case 'value':
      return { kind: 'value', value: (list.value as readonly Json[])[index] ?? null };
    case 'list':
      return pickOfList(list.of, index);
    case 'slice':
      return pickOfList([list], index);
    case 'ref':
      return { kind: 'ref', ref: list.ref, item: index };
    case 'kept':
    case 'outcome':
      return list;
  }
}

function pickOfList(of: readonly Resolved[], index: number): Resolved {
  let before = 0;
  for (const part of of) {
    const length = part.kind === 'slice' ? part.to - part.from : 1;
    if (index < before + length) {
      if (part.kind !== 'slice') return part;
      const { ref, from, outcomes } = part;
      const entry: Resolved = { kind: 'kept', ref, item: from + index - before };
      return outcomes ? { kind: 'outcome', state: 'success', value: entry } : entry;
    }
    before += length;
  }
  return { kind: 'value', value: null };
}
