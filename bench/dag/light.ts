/** Owns the body of every measured task. */

/** A small constant. */
export async function light(): Promise<number> {
  return 1;
}
