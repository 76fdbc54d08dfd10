/** Owns the text of an export file's lines, member by member in AWS's order. */
import type { Item } from '../../export/attribute-value.js';
import type { ExportView } from '../../export/table-exports.js';
import { assert } from '../../core/assert.js';
import type { NetChange } from './images.js';

/** A line of a full export: the item, its key attributes first. */
export function fullLine(item: Item, keyAttributes: readonly string[]): string {
  return `{"Item":${itemJson(item, keyAttributes)}}`;
}

/** A line of an incremental export; a deleted item has no NewImage, an inserted one no OldImage. */
export function incrementalLine(
  change: NetChange,
  keyAttributes: readonly string[],
  view: ExportView,
): string {
  const { oldImage, newImage } = change;
  const known = newImage ?? oldImage;
  assert(known !== undefined, `change of ${change.key} has an image`);
  const keys = Object.fromEntries(keyAttributes.map((name) => [name, known[name]])) as Item;
  const members = [
    `"Metadata":{"WriteTimestampMicros":{"N":"${change.micros.toString()}"}}`,
    `"Keys":${itemJson(keys, keyAttributes)}`,
  ];
  if (oldImage !== undefined && view === 'NEW_AND_OLD_IMAGES') {
    members.push(`"OldImage":${itemJson(oldImage, keyAttributes)}`);
  }
  if (newImage !== undefined) members.push(`"NewImage":${itemJson(newImage, keyAttributes)}`);
  return `{${members.join(',')}}`;
}

/** Written member by member, since JSON.stringify would move a name like `10` to the front. */
function itemJson(item: Item, keyAttributes: readonly string[]): string {
  const others = Object.keys(item).filter((name) => !keyAttributes.includes(name));
  const members = [...keyAttributes, ...others].map(
    (name) => `${JSON.stringify(name)}:${JSON.stringify(item[name])}`,
  );
  return `{${members.join(',')}}`;
}
