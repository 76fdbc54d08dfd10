/** Owns other spellings of the same JSON, and chunks of bytes cut anywhere, for tests of the scanner. */
import fc from 'fast-check';

/** Chances in a row, made of a few numbers that fast-check can shrink. */
export type Whims = readonly number[];

export const whims: fc.Arbitrary<Whims> = fc.oneof(
  { weight: 1, arbitrary: fc.constant([0]) },
  { weight: 3, arbitrary: fc.array(fc.nat(99), { minLength: 1, maxLength: 40 }) },
);

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** JSON of `value` with blanks and escapes where `whims` wants them; all zeros: as JSON.stringify. */
export function spell(value: unknown, whims: Whims): string {
  let turn = 0;
  const whim = (): number => whims[turn++ % whims.length]!;
  const blank = (): string => (whim() > 90 ? [' ', '\t', '\r', '  '][whim() % 4]! : '');
  const text = (raw: string): string => {
    const units = Array.from({ length: raw.length }, (_, index) => raw[index]!);
    const plain = JSON.stringify(raw);
    if (whim() < 60) return plain;
    const isWhole = !/\p{Surrogate}/u.test(raw);
    const parts = units.map((unit) => {
      const hex = unit.charCodeAt(0).toString(16).padStart(4, '0');
      const escaped = `\\u${whim() % 2 === 0 ? hex : hex.toUpperCase()}`;
      const isHalf = /[\uD800-\uDFFF]/.test(unit);
      if (isHalf) return isWhole && whims[0] !== 1 ? unit : escaped;
      if (whim() > 80) return escaped;
      return SHORT_ESCAPES[unit] ?? (unit < ' ' ? escaped : unit);
    });
    return `"${parts.join('')}"`;
  };
  const write = (part: unknown): string => {
    if (typeof part === 'string') return text(part);
    if (Array.isArray(part)) {
      return `[${blank()}${part.map((each) => blank() + write(each) + blank()).join(',')}]`;
    }
    if (typeof part !== 'object' || part === null) return String(part);
    const members = Object.entries(part)
      .filter(([, each]) => each !== undefined)
      .map(
        ([name, each]) => `${blank()}${text(name)}${blank()}:${blank()}${write(each)}${blank()}`,
      );
    if (whim() > 95) members.reverse();
    return `{${blank()}${members.join(',')}}`;
  };
  return blank() + write(value) + blank();
}

/** Sizes of chunks, used in turns. */
export const chunkSizes: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.constant([1 << 20]),
  fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 }),
  fc.constant([1]),
);

/** `bytes` in chunks of these sizes. */
export function* chunksOf(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let from = 0;
  for (let turn = 0; from < bytes.length; turn++) {
    const to = Math.min(bytes.length, from + sizes[turn % sizes.length]!);
    // A copy, so that reading past a chunk cannot go unseen.
    yield bytes.slice(from, to);
    from = to;
  }
}
