/** Owns UUIDs that tell when they were made, by which a file's name tells its age. */
import { randomBytes } from 'node:crypto';

/** A new UUID of version 7 (RFC 9562, section 5.7). `nowMs` is in milliseconds since 1970. */
export function timedUuid(nowMs: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes[6] = 0x70 | (bytes.readUInt8(6) & 0x0f);
  bytes[8] = 0x80 | (bytes.readUInt8(8) & 0x3f);
  const hex = bytes.toString('hex');
  const cuts = [0, 8, 12, 16, 20, 32];
  return cuts
    .slice(1)
    .map((end, index) => hex.slice(cuts[index], end))
    .join('-');
}

/** A pattern of {@link timedUuid}'s text, in one group. */
export const TIMED_UUID = '([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})';

/** When a UUID of version 7 was made, in milliseconds since 1970. */
export function timeOfUuid(uuid: string): number {
  return parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}
