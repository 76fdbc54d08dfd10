/** Owns what the demo shop writes: an endless stream of inserts, updates, removals and deletes. */
import type { Instant } from '../../core/instant.js';
import {
  customerName,
  newOrder,
  orderKey,
  shippingAddress,
  type DemoItem,
  type OrderKey,
  type OrderStatus,
} from './demo-order.js';
import { seededChance, type Chance } from './seeded-chance.js';

/** One write. `remove` names the attributes an update takes away. */
export type DemoWrite =
  | { readonly kind: 'insert'; readonly key: OrderKey; readonly item: DemoItem }
  | {
      readonly kind: 'update';
      readonly key: OrderKey;
      readonly set: DemoItem;
      readonly remove: readonly string[];
    }
  | { readonly kind: 'delete'; readonly key: OrderKey };

/** Where the stream begins. */
export interface DemoStart {
  readonly seed: number;
  /** The time of each write, asked for once a write. */
  readonly at: () => Instant;
  /** Orders that are in the table already, oldest first. */
  readonly live?: readonly LiveOrder[];
  /** Number of the first new order. */
  readonly nextOrder?: number;
  /** Orders in the table at most, at least 1; from then on an order goes for each that comes. */
  readonly maxItems?: number;
}

/** An order that is in the table. */
export interface LiveOrder {
  readonly key: OrderKey;
  readonly status: OrderStatus;
}

/** Orders that a table is let grow to unless told otherwise. */
export const DEFAULT_MAX_ITEMS = 3000;

const AFTER: Readonly<Record<OrderStatus, OrderStatus>> = {
  placed: 'paid',
  paid: 'shipped',
  shipped: 'delivered',
  delivered: 'delivered',
  cancelled: 'cancelled',
};

/** Attributes that an order can do without. */
const REMOVABLE = [
  'note',
  'coupon',
  'gift',
  'delivery_slot',
  'tags',
  'shipping',
  'adjustment',
] as const;

/**
 * The writes in their order, for ever. The same start gives the same writes; every write is one
 * that applies to what the writes before it have made of the table.
 */
export function* demoWrites(start: DemoStart): Generator<DemoWrite, never> {
  const chance = seededChance(start.seed);
  const { maxItems = DEFAULT_MAX_ITEMS } = start;
  const live = [...(start.live ?? [])];
  let nextOrder = start.nextOrder ?? 1;
  for (;;) {
    const roll = chance.whole(1, 100);
    if (live.length >= maxItems ? roll > 65 : roll > 90 && live.length > 1) {
      // The oldest goes, as an archive job would have it; now and then another one.
      const [gone] = live.splice(chance.oneIn(4) ? chance.whole(0, live.length - 1) : 0, 1);
      if (gone !== undefined) yield { kind: 'delete', key: gone.key };
    } else if (live.length < maxItems && (roll <= 35 || live.length === 0)) {
      const key = orderKey(nextOrder++, chance);
      live.push({ key, status: 'placed' });
      yield { kind: 'insert', key, item: newOrder(key, start.at(), chance) };
    } else {
      const place = chance.whole(0, live.length - 1);
      const order = live[place];
      if (order === undefined) continue;
      const { write, status } = update(order, start.at(), chance);
      live[place] = { ...order, status };
      yield write;
    }
  }
}

function update(
  order: LiveOrder,
  at: Instant,
  chance: Chance,
): { readonly write: DemoWrite; readonly status: OrderStatus } {
  const { key, status } = order;
  const set: DemoItem = { updated_at: { S: at } };
  const write = (remove: readonly string[], to = status) => ({
    write: { kind: 'update', key, set, remove } as const,
    status: to,
  });
  const roll = chance.whole(1, 10);
  if (roll === 1) return write([chance.pick(REMOVABLE)]);
  if (roll === 2) {
    set['user-name'] = { S: customerName(chance) };
    return write([]);
  }
  if (roll === 3) {
    set['shipping'] = shippingAddress(chance);
    // The same attribute, the other type.
    set['delivery_slot'] = chance.oneIn(2) ? { S: 'evening' } : { N: String(chance.whole(8, 20)) };
    return write(['note', 'gift']);
  }
  const to = status === 'placed' && chance.oneIn(10) ? 'cancelled' : AFTER[status];
  set['status'] = { S: to };
  return write(to === 'shipped' ? ['coupon'] : [], to);
}
