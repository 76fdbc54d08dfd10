/** Owns the local services' clock: time is always taken from one that was handed in. */

/** Tells the present. */
export interface Clock {
  /** Microseconds since 1970, the unit of `WriteTimestampMicros`. */
  nowMicros(): bigint;
}

/** The machine's own clock, to the microsecond within a millisecond's truth. */
export function systemClock(): Clock {
  // Date alone counts milliseconds; the process's monotonic counter fills in the digits below.
  let anchorMicros = BigInt(Date.now()) * 1000n;
  let anchorCounter = process.hrtime.bigint();
  return {
    nowMicros(): bigint {
      const wallMicros = BigInt(Date.now()) * 1000n;
      const counted = anchorMicros + (process.hrtime.bigint() - anchorCounter) / 1000n;
      const drift = counted - wallMicros;
      // The wall clock was set (or the machine slept): it is right, the counter is not.
      if (drift < -1_000n || drift > 2_000n) {
        anchorMicros = wallMicros;
        anchorCounter = process.hrtime.bigint();
        return wallMicros;
      }
      return counted;
    },
  };
}
