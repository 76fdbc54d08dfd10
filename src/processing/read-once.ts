/** Owns reading a file once where several things lie in it. */

/** Reads bytes by the name of what has them. */
type Read = (name: string) => Promise<Uint8Array>;

/** As `read`, but each file once, however often it is asked for; all of them stay in memory. */
export function readOnce(read: Read): Read {
  const reads = new Map<string, Promise<Uint8Array>>();
  return (name) => {
    const known = reads.get(name);
    if (known !== undefined) return known;
    const reading = read(name);
    reads.set(name, reading);
    return reading;
  };
}
