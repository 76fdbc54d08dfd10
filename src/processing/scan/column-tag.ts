/** Owns which values a column is for, by the type letters before their content. */
import type { ColumnType } from '../../lake/column-type.js';
import {
  ANY_TAG,
  TAG_B,
  TAG_BOOL,
  TAG_BS,
  TAG_L,
  TAG_M,
  TAG_N,
  TAG_NS,
  TAG_S,
  TAG_SS,
} from './value-tag.js';

/** The type of values that a column may hold; ANY_TAG where those of all types are held or hashed. */
export function columnTag(type: ColumnType): number {
  switch (type.kind) {
    case 'string':
      return TAG_S;
    case 'long':
    case 'decimal':
    case 'numeral':
      return TAG_N;
    case 'boolean':
      return TAG_BOOL;
    case 'binary':
      return TAG_B;
    case 'struct':
      return TAG_M;
    case 'list':
      return TAG_L;
    case 'set':
      if (type.element.kind === 'string') return TAG_SS;
      return type.element.kind === 'binary' ? TAG_BS : TAG_NS;
    case 'json':
    case 'hash':
    case 'timestamptz':
      return ANY_TAG;
  }
}
