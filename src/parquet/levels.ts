/**
 * Owns definition and repetition levels: how nested vectors become flat columns.
 *
 * Source: apache/parquet-format, README.md, "Nested Encoding" (the Dremel paper's levels).
 */
import { assert } from '../core/assert.js';
import type { SchemaNode } from './leaf-column.js';
import type { ListVector, Vector } from './vector.js';

/** The levels of one leaf: an entry for each value, null, and list without elements. */
export interface Levels {
  readonly entries: number;
  /** One byte an entry; undefined when every entry has a value. */
  readonly definition: Uint8Array | undefined;
  /** One byte an entry; undefined where there is no list, and every entry is a row. */
  readonly repetition: Uint8Array | undefined;
}

/** Told of each leaf: its place among the leaves, its vector, its levels. */
export type LeafVisitor = (index: number, vector: Vector, levels: Levels) => void;

/** What is known at one node: entries whose level is `level` have a slot there, in their order. */
interface Walk extends Levels {
  readonly level: number;
  readonly lists: number;
  readonly slots: number;
}

/** Visits the leaves below a column of `rows` rows. Throws InvariantError if vectors do not fit. */
export function visitLeaves(
  node: SchemaNode,
  vector: Vector,
  rows: number,
  visit: LeafVisitor,
): void {
  const top = { entries: rows, definition: undefined, repetition: undefined, level: 0, lists: 0 };
  descend(node, vector, { ...top, slots: rows }, visit);
}

function descend(node: SchemaNode, vector: Vector, above: Walk, visit: LeafVisitor): void {
  assert(vector.length === above.slots, 'a vector has a slot for each value above it');
  assert(vector.valid.length >= vector.length, 'a vector says of each slot whether it is valid');
  const here = node.required ? withoutNulls(above, vector) : throughOptional(above, vector);
  const { content } = node;
  if (content.kind === 'leaf') {
    visit(content.index, vector, here);
    return;
  }
  if (content.kind === 'list') {
    assert(vector.kind === 'list', `a list's vector is a list (${vector.kind})`);
    descend(content.element, vector.element, throughList(here, vector), visit);
    return;
  }
  assert(vector.kind === 'struct', `a struct's vector is a struct (${vector.kind})`);
  assert(vector.fields.length === content.fields.length, 'a struct has a vector for each field');
  for (const [place, field] of content.fields.entries()) {
    descend(field, vector.fields[place] as Vector, here, visit);
  }
}

function withoutNulls(above: Walk, vector: Vector): Walk {
  assert(vector.values === vector.length, 'a required field has a value in each slot');
  return above;
}

function throughOptional(above: Walk, vector: Vector): Walk {
  const { definition: old, level, entries } = above;
  const next = { ...above, level: level + 1, slots: vector.values };
  const { valid } = vector;
  if (old === undefined && vector.values === vector.length) return next;
  assertValid(valid, vector);
  // A column at the top: what is valid is the level.
  if (old === undefined && level === 0) return { ...next, definition: valid };
  const definition = new Uint8Array(entries);
  let slot = 0;
  for (let entry = 0; entry < entries; entry += 1) {
    const oldLevel = old === undefined ? level : (old[entry] as number);
    if (oldLevel < level) definition[entry] = oldLevel;
    else {
      definition[entry] = level + (valid[slot] as number);
      slot += 1;
    }
  }
  return { ...next, definition };
}

function assertValid(valid: Uint8Array, vector: Vector): void {
  let values = 0;
  for (let slot = 0; slot < vector.length; slot += 1) values += valid[slot] as number;
  assert(values === vector.values, `a vector of ${vector.values} values has as many valid slots`);
}

function throughList(above: Walk, list: ListVector): Walk {
  const { offsets } = list;
  const elements = offsets[list.values] as number;
  assert(offsets[0] === 0, "a list vector's first element is the first of all");
  const { definition: oldDefinition, repetition: oldRepetition, level } = above;
  const definition = new Uint8Array(above.entries + elements);
  const repetition = new Uint8Array(above.entries + elements);
  const lists = above.lists + 1;
  let value = 0;
  let at = 0;
  for (let entry = 0; entry < above.entries; entry += 1) {
    const oldLevel = oldDefinition === undefined ? level : (oldDefinition[entry] as number);
    repetition[at] = oldRepetition === undefined ? 0 : (oldRepetition[entry] as number);
    if (oldLevel < level) {
      definition[at] = oldLevel;
      at += 1;
      continue;
    }
    const count = (offsets[value + 1] as number) - (offsets[value] as number);
    value += 1;
    definition[at] = count === 0 ? level : level + 1;
    at += 1;
    for (let more = 1; more < count; more += 1) {
      definition[at] = level + 1;
      repetition[at] = lists;
      at += 1;
    }
  }
  const allHaveElements = at === elements;
  return {
    entries: at,
    definition: allHaveElements ? undefined : definition,
    repetition,
    level: level + 1,
    lists,
    slots: elements,
  };
}
