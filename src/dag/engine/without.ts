/** Owns leaving one property out of an object. */

/** A copy of `value` that lacks `name`. */
export function without<T extends object, Name extends keyof T>(
  value: T,
  name: Name,
): Omit<T, Name> {
  const copy: Partial<T> = { ...value };
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the object is a copy of ours
  delete copy[name];
  return copy as Omit<T, Name>;
}
