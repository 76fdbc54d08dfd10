/** Owns the tests of the asset board's decisions. */
import { describe, expect, test } from '@jest/globals';
import type { Instant } from '../../../src/core/instant.js';
import {
  delivered,
  dropped,
  emptyBoard,
  followed,
  renderBoard,
  updated,
  viewBoard,
  type AssetBoardState,
} from '../../../src/scheduling/asset-board-state.js';
import {
  readAssetFollower,
  readAssetUpdate,
  type AssetUpdate,
} from '../../../src/scheduling/asset-messages.js';

const AT = '2026-11-24T08:15:00Z' as Instant;
const update = (asset: string, key: string, extra?: unknown): AssetUpdate => ({
  key,
  event: { asset, at: AT, ...(extra === undefined ? {} : { extra }) },
});
const follow = (dagId: string, ...assets: string[]): { dagId: string; assets: string[] } => ({
  dagId,
  assets,
});
const boardOf = (...followers: ReturnType<typeof follow>[]): AssetBoardState =>
  followers.reduce<AssetBoardState>(followed, emptyBoard());
const going = ({ deliveries }: AssetBoardState): string[] =>
  deliveries.map(({ dagId, update: { event, key } }) => `${dagId} ${event.asset} ${key}`);

describe('an update', () => {
  test('goes to everyone who follows the asset, in order, and to nobody else', () => {
    const board = boardOf(follow('a', 'x', 'y'), follow('b', 'y'), follow('c', 'z'));
    const state = updated(updated(board, update('y', '1')), update('x', '1'));
    expect(going(state)).toEqual(['a y 1', 'b y 1', 'a x 1']);
  });

  test('told twice is told once, also after it was delivered', () => {
    const once = updated(boardOf(follow('a', 'x')), update('x', '1'));
    const [delivery] = once.deliveries;
    expect(going(updated(once, update('x', '1')))).toEqual(['a x 1']);
    expect(going(updated(delivered(once, delivery!), update('x', '1')))).toEqual([]);
    expect(going(updated(once, update('x', '2')))).toEqual(['a x 1', 'a x 2']);
  });

  test('is remembered within bounds', () => {
    let state = boardOf(follow('a', 'x'));
    for (let key = 0; key < 500; key++) state = updated(state, update('x', String(key)));
    expect(state.updated[0]?.keys).toHaveLength(50);
    expect(state.updated[0]?.keys.at(-1)).toBe('499');
    const large = updated(state, update('x', 'large', 'x'.repeat(3000)));
    expect(large.updated[0]?.latest).toEqual({ asset: 'x', at: AT });
    expect(large.deliveries.at(-1)?.update.event.extra).toHaveLength(3000);
  });

  test('of what nobody follows leaves nothing', () => {
    const board = boardOf(follow('a', 'x'));
    expect(updated(board, update('toString', '1'))).toBe(board);
  });
});

describe('following', () => {
  test('anew replaces what was followed, and takes back what is not wanted any more', () => {
    const told = updated(
      updated(boardOf(follow('a', 'x', 'y')), update('x', '1')),
      update('y', '1'),
    );
    const state = followed(told, follow('a', 'y', 'z'));
    expect(going(state)).toEqual(['a y 1']);
    expect(viewBoard(state).assets).toEqual([
      { asset: 'y', followers: ['a'], latest: { asset: 'y', at: AT } },
      { asset: 'z', followers: ['a'] },
    ]);
  });

  test('nothing ends it', () => {
    expect(followed(boardOf(follow('a', 'x')), follow('a'))).toEqual(emptyBoard());
  });

  test('a follower that is gone is dropped, unless it has followed anew since', () => {
    const board = boardOf(follow('a', 'x'), follow('b', 'x'));
    const [a] = board.followers;
    expect(dropped(board, a!).followers).toEqual([follow('b', 'x')]);
    const anew = followed(board, follow('a', 'x'));
    expect(dropped(anew, a!)).toBe(anew);
  });
});

describe('the page', () => {
  test('names assets, followers and the last update', () => {
    const state = updated(boardOf(follow('b', 'x'), follow('a', 'x', 'y')), update('x', '1'));
    expect(renderBoard(viewBoard(state)).split('\n').slice(2)).toEqual([
      `| x | a, b | ${AT} |`,
      '| y | a | — |',
    ]);
    expect(renderBoard(viewBoard(emptyBoard()))).toBe('No DAG follows an asset.');
  });
});

describe('signals', () => {
  test('are read as what they are', () => {
    expect(readAssetFollower({ dagId: 'a', assets: ['x', 'x'] })).toEqual(follow('a', 'x'));
    expect(readAssetUpdate(update('x', '1', { rows: 3 }))).toEqual(update('x', '1', { rows: 3 }));
  });

  test.each([
    undefined,
    {},
    { dagId: 'a' },
    { dagId: '', assets: [] },
    { dagId: 'a', assets: [1] },
  ])('a follower that is none is undefined: %j', (value) => {
    expect(readAssetFollower(value)).toBeUndefined();
  });

  test.each([
    undefined,
    {},
    { key: 'k' },
    { key: 'k', event: { asset: 'x' } },
    { key: 'k', event: null },
  ])('an update that is none is undefined: %j', (value) => {
    expect(readAssetUpdate(value)).toBeUndefined();
  });
});
