/**
 * Branching with a join: small orders are approved by rule, large ones by two reviews, odd ones by
 * nobody; whatever way an order went, one task ships it.
 *
 * Shows: a branch that names labels which the compiler checks, and a join that runs when no way has
 * failed and at least one was taken. The way not taken arrives as skipped: forgetting it does not
 * compile.
 *
 *   npx tidemark dag test examples/branch-and-join.ts
 *   npx tidemark dag trigger branch_and_join --params '{"order":"A-17","amount":950}'
 *   npx tidemark dag show branch_and_join RUN           (the way that was taken, in colour)
 */
import { join } from 'node:path';
import { z } from 'zod';
import { dag, type Outcome } from 'tidemark';
import { writeWhole } from './shared/write-whole.js';

interface Decision {
  order: string;
  by: string;
}

export default dag(
  'branch_and_join',
  {
    description: 'Approves an order by its amount, then ships it.',
    params: z.object({
      order: z
        .string()
        .regex(/^[\w-]+$/)
        .default('A-1'),
      amount: z.number().default(120),
      directory: z.string().default('.tidemark/examples/branch_and_join'),
    }),
  },
  (d) => {
    const price = d.task('price', async (_: object, run) => run.params.amount);

    const approve = d.task('approve', async (_: object, run): Promise<Decision> => ({
      order: run.params.order,
      by: 'rule',
    }));

    const review = d.group('review', (g) => {
      const credit = g.task('credit', async (_: object, run) => `credit of ${run.params.order}`);
      const fraud = g.task('fraud', async (_: object, run) => `fraud of ${run.params.order}`);
      const sign = g.task(
        'sign',
        async (a: { credit: string; fraud: string }, run): Promise<Decision> => ({
          order: run.params.order,
          by: `${a.credit}, ${a.fraud}`,
        }),
      );
      return sign({ credit: credit(), fraud: fraud() });
    });

    const ship = d.task(
      'ship',
      async (a: { approved: Outcome<Decision>; reviewed: Outcome<Decision> }, run) => {
        const decision = [a.approved, a.reviewed].find((way) => way.state === 'success')?.value;
        if (decision === undefined) return run.fail('no way approved the order');
        const path = join(run.params.directory, `${decision.order}.json`);
        await writeWhole(path, JSON.stringify(decision));
        return decision;
      },
      { triggerRule: 'none_failed_min_one_success' },
    );

    const approved = approve();
    const route = d.branch(
      'route',
      async (a: { amount: number }) => {
        if (a.amount <= 0) return null; // nothing to pay, nothing to ship
        return a.amount < 500 ? 'small' : 'large';
      },
      { small: approved, large: review },
    );
    route({ amount: price() });
    ship({ approved, reviewed: review.outputs });
  },
);
