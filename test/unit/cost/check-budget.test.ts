/** Owns the check that a budget which cannot be met is refused with the least that can. */
import { expect, test } from '@jest/globals';
import { checkBudget } from '../../../src/cost/check-budget.js';

const budget = {
  tableName: 'orders',
  pollSeconds: 30,
  narrowestSeconds: 900,
  widestSeconds: 86_400,
  actionsAreBilled: true,
};

test('a budget below what a day of one window costs is refused, with the least that can be met', () => {
  expect(() => {
    checkBudget({ ...budget, budgetMicros: 10_000 });
  }).toThrow(
    'The budget of orders, $0.01/month, cannot be met: windows of 24 hours, the widest there may be, cost $0.05/month even if nothing changes.',
  );
});

test('the figure it names is one that it takes; and less where actions are not paid for', () => {
  checkBudget({ ...budget, budgetMicros: 50_000 });
  checkBudget({ ...budget, budgetMicros: 40_000, actionsAreBilled: false });
  expect(() => {
    checkBudget({ ...budget, budgetMicros: 40_000 });
  }).toThrow('$0.05/month');
});
