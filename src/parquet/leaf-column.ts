/** Owns the leaves of a schema: the columns that a Parquet file really has. */
import { assert } from '../core/assert.js';
import type { ParquetField, ParquetType } from './parquet-field.js';

/** Types that have values of their own. */
export type LeafType = Exclude<ParquetType, { kind: 'list' | 'struct' }>;

/** One column of a Parquet file. */
export interface LeafColumn {
  readonly id: number;
  readonly type: LeafType;
  /** Names from the top to the leaf, with the groups that lists bring along. */
  readonly path: readonly string[];
  /** The definition level of a value: how many optional or repeated groups lead to it. */
  readonly maxDefinition: number;
  /** The repetition level of a value that is not the first of its innermost list. */
  readonly maxRepetition: number;
}

/** A field with what lies below it, as the walk over vectors needs it. */
export interface SchemaNode {
  readonly required: boolean;
  readonly content:
    | { readonly kind: 'leaf'; readonly leaf: LeafColumn; readonly index: number }
    | { readonly kind: 'struct'; readonly fields: readonly SchemaNode[] }
    | { readonly kind: 'list'; readonly element: SchemaNode };
}

/** A schema, and its leaves in the order of the file. */
export interface SchemaTree {
  readonly nodes: readonly SchemaNode[];
  readonly leaves: readonly LeafColumn[];
}

/** Throws InvariantError for what Parquet or Iceberg cannot have: no fields, or an id or name twice. */
export function schemaTree(fields: readonly ParquetField[]): SchemaTree {
  const leaves: LeafColumn[] = [];
  const ids = new Set<number>();

  const nodeOf = (
    field: ParquetField,
    parentPath: readonly string[],
    parentDefinition: number,
    repetition: number,
  ): SchemaNode => {
    assert(!ids.has(field.id), `field id ${field.id} stands once in a schema (${field.name})`);
    ids.add(field.id);
    const path = [...parentPath, field.name];
    const definition = parentDefinition + (field.required ? 0 : 1);
    const { required, type } = field;
    if (type.kind === 'struct') {
      return {
        required,
        content: { kind: 'struct', fields: nodesOf(type.fields, path, definition, repetition) },
      };
    }
    if (type.kind === 'list') {
      assert(
        type.element.name === 'element',
        `a list's element is named element (${path.join('.')})`,
      );
      const element = nodeOf(type.element, [...path, 'list'], definition + 1, repetition + 1);
      return { required, content: { kind: 'list', element } };
    }
    const leaf = { id: field.id, type, path, maxDefinition: definition, maxRepetition: repetition };
    leaves.push(leaf);
    return { required, content: { kind: 'leaf', leaf, index: leaves.length - 1 } };
  };

  const nodesOf = (
    siblings: readonly ParquetField[],
    path: readonly string[],
    definition: number,
    repetition: number,
  ): readonly SchemaNode[] => {
    const where = path.length === 0 ? 'the schema' : path.join('.');
    assert(siblings.length > 0, `${where} has a field`);
    const names = new Set(siblings.map((field) => field.name));
    assert(names.size === siblings.length, `names of fields differ in ${where}`);
    return siblings.map((field) => nodeOf(field, path, definition, repetition));
  };

  return { nodes: nodesOf(fields, [], 0, 0), leaves };
}
