/** Owns the items that processing is measured with: about 1 KB each, nested, sparse, of mixed types. */

/** Text of a data file's line, without its newline. */
export type Line = string;

const WORDS =
  'amber basin cedar delta ember fjord grove harbor island juniper kelp lagoon meadow north orchard prairie quarry river summit tundra upland valley willow yonder zephyr'.split(
    ' ',
  );
const CITIES = ['Lyon', 'Osaka', 'Austin', 'Porto', 'Kraków', 'Québec', 'Nairobi', 'Hội An'];
const STATUSES = ['placed', 'paid', 'packed', 'sent', 'delivered', 'returned'];
/** Attributes that one item in fifty has, each of its own. */
const RARE_ATTRIBUTES = 50;

/** The attributes that every program under measurement is told of; the rare ones it is not. */
export const KNOWN_ATTRIBUTES = [
  'pk',
  'sk',
  'status',
  'total',
  'quantity',
  'created',
  'active',
  'address',
  'lines',
  'tags',
  'code',
  'note',
  'digest',
] as const;

/** The item of a place in the table; another version of it has other values, and the same key. */
export function itemJson(place: number, version: number): string {
  const random = randomFrom(place * 31 + version * 1_000_003 + 1);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const whole = (below: number): number => Math.floor(random() * below);
  const text = (words: number): string =>
    Array.from({ length: words }, () => pick(WORDS)).join(' ');
  const members = [
    keyMembers(place),
    `"status":{"S":"${pick(STATUSES)}"}`,
    `"total":{"N":"${whole(100_000)}.${10 + whole(90)}"}`,
    `"quantity":{"N":"${whole(1000)}"}`,
    `"created":{"N":"${1_700_000_000_000 + whole(60_000_000_000)}"}`,
    `"active":{"BOOL":${random() < 0.7}}`,
    `"address":{"M":{"street":{"S":"${whole(999)} ${pick(WORDS)} street"},"city":{"S":"${pick(CITIES)}"},"zip":{"S":"${10_000 + whole(89_999)}"},"geo":{"M":{"lat":{"N":"${whole(90)}.${100_000 + whole(899_999)}"},"lon":{"N":"${whole(180)}.${100_000 + whole(899_999)}"}}}}}`,
    `"lines":{"L":[${Array.from({ length: 1 + whole(3) }, () => `{"M":{"sku":{"S":"SKU-${whole(100_000)}"},"count":{"N":"${1 + whole(9)}"},"price":{"N":"${whole(500)}.${10 + whole(90)}"}}}`).join(',')}]}`,
    `"tags":{"SS":["${pick(WORDS)}1","${pick(WORDS)}2"]}`,
    // An attribute of mixed types: mostly a number, sometimes text.
    random() < 0.9 ? `"code":{"N":"${whole(10_000)}"}` : `"code":{"S":"code \\"${pick(WORDS)}\\""}`,
    `"note":{"S":"${text(54)}"}`,
    `"digest":{"B":"${Buffer.from(text(6).padEnd(33).slice(0, 33)).toString('base64')}"}`,
  ];
  if (whole(50) === 0) {
    members.push(`"rare_${whole(RARE_ATTRIBUTES)}":{"S":"${text(2)}"}`);
  }
  return `{${members.join(',')}}`;
}

/** A line of a full export. */
export function fullLine(place: number): Line {
  return `{"Item":${itemJson(place, 0)}}`;
}

/** How the items of a window are changed. */
export type ChangeOf = 'insert' | 'update' | 'delete';

/** A line of an incremental export with both images. */
export function changeLine(kind: ChangeOf, place: number, version: number, micros: number): Line {
  const images = [
    ...(kind === 'insert' ? [] : [`"OldImage":${itemJson(place, 0)}`]),
    ...(kind === 'delete' ? [] : [`"NewImage":${itemJson(place, version)}`]),
  ];
  return `{"Metadata":{"WriteTimestampMicros":{"N":"${micros}"}},"Keys":{${keyMembers(place)}},${images.join(',')}}`;
}

/** Keys lie as DynamoDB spreads them: neighbours in the table have nothing in common. */
function keyMembers(place: number): string {
  const spread = Math.imul(place, 0x9e3779b1) >>> 0;
  return `"pk":{"S":"order#${spread.toString(16).padStart(8, '0')}"},"sk":{"N":"${place % 7}"}`;
}

/** Numbers from 0 (inclusive) to 1 (exclusive), the same for the same seed: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
