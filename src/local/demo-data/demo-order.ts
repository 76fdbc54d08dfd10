/** Owns what an order of the demo shop looks like: every attribute type DynamoDB has. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Instant } from '../../core/instant.js';
import type { Chance } from './seeded-chance.js';

/** Attributes by name, as the AWS SDK takes them. */
export type DemoItem = Record<string, AttributeValue>;

/** The primary key of an order. */
export interface OrderKey {
  readonly customer_id: string;
  readonly order_id: string;
}

/** What an order goes through; a cancelled or delivered one stays so until it is deleted. */
export const ORDER_STATUSES = ['placed', 'paid', 'shipped', 'delivered', 'cancelled'] as const;
/** One of {@link ORDER_STATUSES}. */
export type OrderStatus = (typeof ORDER_STATUSES)[number];

const CUSTOMERS = 400;
const FIRST_NAMES = [
  'Ada',
  'Björn',
  'Chloé',
  'Dmitri',
  'Élise',
  'Fatima',
  'Grace',
  '花子',
] as const;
const LAST_NAMES = [
  'Lovelace',
  'Ångström',
  "O'Brien",
  'Müller',
  'García',
  'Nguyễn',
  '山田',
] as const;
const CITIES = [
  { city: 'Paris', country: 'FR', lat: '48.8566', lon: '2.3522' },
  { city: 'São Paulo', country: 'BR', lat: '-23.5505', lon: '-46.6333' },
  { city: 'Zürich', country: 'CH', lat: '47.3769', lon: '8.5417' },
  { city: '東京', country: 'JP', lat: '35.6762', lon: '139.6503' },
  { city: 'Reykjavík', country: 'IS', lat: '64.1466', lon: '-21.9426' },
] as const;
const PRODUCTS = [
  { sku: 'TEA-100', title: 'Sencha, 100 g', cents: 1250 },
  { sku: 'MUG-BLU', title: 'Mug “Møøse”', cents: 1490 },
  { sku: 'POT-1L', title: 'Teapot, 1 litre', cents: 4900 },
  { sku: 'KET-EL', title: 'Kettle ⚡', cents: 8999 },
  { sku: 'BISC-12', title: 'Crème brûlée biscuits', cents: 675 },
] as const;
const TAGS = ['gift', 'express', 'wholesale', 'first-order', 'étranger', 'fragile'] as const;
const NOTES = [
  'Ring twice',
  'Leave with the neighbour 🙂',
  'Sonnez à l’interphone',
  '置き配希望',
] as const;
const COUPONS = ['SPRING-10', 'TEA4TWO', 'WELCOME'] as const;

/** The key of order `orderNumber`, which belongs to one of some hundred customers. */
export function orderKey(orderNumber: number, chance: Chance): OrderKey {
  const customer = chance.whole(1, CUSTOMERS);
  return {
    customer_id: `customer-${String(customer).padStart(4, '0')}`,
    order_id: `order-${String(orderNumber).padStart(9, '0')}`,
  };
}

/** The number in an order's id; undefined for an id of another kind. */
export function orderNumberOf(orderId: string): number | undefined {
  const digits = /^order-(\d{9,15})$/.exec(orderId)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** A new order, placed at `at`. */
export function newOrder(key: OrderKey, at: Instant, chance: Chance): DemoItem {
  const name = customerName(chance);
  const items = someOf(PRODUCTS, chance).map((product) => ({
    ...product,
    quantity: chance.whole(1, 4),
  }));
  const totalCents = items.reduce((sum, { cents, quantity }) => sum + cents * quantity, 0);
  const coupon = chance.oneIn(3);
  return {
    customer_id: { S: key.customer_id },
    order_id: { S: key.order_id },
    'user-name': { S: name },
    status: { S: 'placed' },
    placed_at: { S: at },
    total: { N: money(totalCents) },
    // A refund or a surcharge: negative numbers are as common as positive ones.
    adjustment: { N: money(chance.whole(-2000, 2000)) },
    // The widest number DynamoDB keeps has 38 digits; a double keeps 15.
    ledger_entry: { N: chance.digits(38) },
    weight_kg: { N: `0.${chance.digits(5)}${chance.whole(1, 9)}` },
    gift: { BOOL: chance.oneIn(4) },
    coupon: coupon ? { S: chance.pick(COUPONS) } : { NULL: true },
    // Two types in one attribute, as tables that grew over years have them.
    delivery_slot: chance.oneIn(2) ? { N: String(chance.whole(8, 20)) } : { S: 'any time' },
    note: { S: chance.pick(NOTES) },
    items: {
      L: items.map(({ sku, title, cents, quantity }) => ({
        M: {
          sku: { S: sku },
          title: { S: title },
          quantity: { N: String(quantity) },
          price: { N: money(cents) },
        },
      })),
    },
    shipping: shippingAddress(chance),
    tags: { SS: someOf(TAGS, chance) },
    shelf_numbers: { NS: [...new Set([chance.digits(2), chance.digits(3), '-1.5'])] },
    signature: { B: someBytes(16, chance) },
    label_hashes: { BS: [someBytes(8, chance), someBytes(9, chance)] },
  };
}

/** Where an order goes; two levels of maps. */
export function shippingAddress(chance: Chance): AttributeValue {
  const { city, country, lat, lon } = chance.pick(CITIES);
  return {
    M: {
      street: { S: `${chance.whole(1, 200)} rue de l’Église` },
      city: { S: city },
      country: { S: country },
      position: { M: { lat: { N: lat }, lon: { N: lon } } },
    },
  };
}

/** A customer's name. */
export function customerName(chance: Chance): string {
  return `${chance.pick(FIRST_NAMES)} ${chance.pick(LAST_NAMES)}`;
}

/** `cents` as text with a decimal point, exact, as DynamoDB writes numbers: `-0.5`, `12`. */
function money(cents: number): string {
  const whole = Math.floor(Math.abs(cents) / 100);
  const rest = Math.abs(cents) % 100;
  const decimals = rest === 0 ? '' : `.${String(rest).padStart(2, '0')}`.replace(/0$/, '');
  return `${cents < 0 ? '-' : ''}${whole}${decimals}`;
}

/** One to three of `choices`, each once. */
function someOf<T>(choices: readonly T[], chance: Chance): T[] {
  return [...new Set([1, 2, 3].slice(0, chance.whole(1, 3)).map(() => chance.pick(choices)))];
}

function someBytes(count: number, chance: Chance): Uint8Array {
  return Uint8Array.from({ length: count }, () => chance.whole(0, 255));
}
