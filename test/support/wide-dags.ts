/** Owns DAGs with a mapped task over thousands of items, and a task that checks what came of them. */
import { dag } from '../../src/dag/index.js';
import type { ServedDag } from '../../src/temporal/deploy-dags.js';

/** What `check` returns. */
export interface WideResult {
  readonly count: number;
  readonly sum: number;
  readonly isInOrder: boolean;
}

/** A list of `length` numbers, each doubled by an item, counted and added up by one task. */
export function wideDag(id: string, length: number, local: boolean): ServedDag {
  return dag(id, { maxActiveTasks: 200 }, (d) => {
    const list = d.task('list', async () => Array.from({ length }, (_, n) => n));
    const double = d.task('double', async (a: { n: number }) => 2 * a.n, { local });
    const check = d.task('check', async (a: { all: number[] }): Promise<WideResult> => ({
      count: a.all.length,
      sum: a.all.reduce((sum, n) => sum + n, 0),
      isInOrder: a.all.every((n, at) => n === 2 * at),
    }));
    check({ all: double.map({ n: list() }, { maxActive: 200, limit: length }) });
  });
}

/** 10,000 items as activities; 2,000 as local ones. */
export const WIDE = [wideDag('wide', 10_000, false), wideDag('wide_local', 2_000, true)] as const;

export function dagsOf(): readonly ServedDag[] {
  return WIDE;
}
