/** Owns assets: named things that tasks update and that schedules wait for. */
import type { Instant } from '../core/instant.js';

/** Something a task brings up to date, known by name in every DAG. */
export interface Asset {
  readonly kind: 'asset';
  readonly name: string;
}

/** When a schedule by assets is due: one asset, all of several, or any of several. */
export type AssetCondition =
  | Asset
  | { readonly kind: 'and'; readonly of: readonly AssetCondition[] }
  | { readonly kind: 'or'; readonly of: readonly AssetCondition[] };

/** One update of an asset. */
export interface AssetEvent {
  readonly asset: string;
  readonly at: Instant;
  /** What the updater had to say, as JSON: of a lake table, its window. */
  readonly extra?: unknown;
}

/** The asset called `name`. */
export function asset(name: string): Asset {
  return Object.freeze({ kind: 'asset', name });
}

/** The lake table that follows DynamoDB table `table`; each commit updates it. */
export function lake(table: string): Asset {
  return asset(`lake/${table}`);
}

/** Due once every condition has been met. */
export function and(...of: readonly [AssetCondition, ...AssetCondition[]]): AssetCondition {
  return Object.freeze({ kind: 'and', of: Object.freeze([...of]) });
}

/** Due once any condition has been met. */
export function or(...of: readonly [AssetCondition, ...AssetCondition[]]): AssetCondition {
  return Object.freeze({ kind: 'or', of: Object.freeze([...of]) });
}

/** Whether the assets updated since the last run meet `condition`. */
export function assetsReady(condition: AssetCondition, updated: ReadonlySet<string>): boolean {
  switch (condition.kind) {
    case 'asset':
      return updated.has(condition.name);
    case 'and':
      return condition.of.every((part) => assetsReady(part, updated));
    case 'or':
      return condition.of.some((part) => assetsReady(part, updated));
  }
}

/** Every asset a condition names, each once, in order of mention. */
export function assetsOf(condition: AssetCondition): readonly string[] {
  if (condition.kind === 'asset') return [condition.name];
  return [...new Set(condition.of.flatMap(assetsOf))];
}
