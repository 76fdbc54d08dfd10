/** Owns a pool's page in Temporal Web. */
import { markdownTable, ROW_LIMIT } from './markdown-table.js';
import type { PoolRequest } from './pool-messages.js';
import { usedSlots, waitersIn, whyBlocked, type PoolState } from './pool-state.js';

/** The pool as markdown: what is taken and by whom, and who waits at which position. */
export function renderPool(state: PoolState): string {
  const { slots, leases, checkedAt } = state;
  const { fitting, blocked } = waitersIn(state);
  const inTheWay = blocked.length > 0 ? `, **${blocked.length} blocked**` : '';
  const lines = [
    `**${usedSlots(state)} of ${slots} slots taken**, ${fitting.length} waiting${inTheWay}`,
  ];
  const section = (
    first: string,
    requests: readonly PoolRequest[],
    cell: (request: PoolRequest, index: number) => string,
  ): void => {
    if (requests.length === 0) return;
    const head = [first, 'Task', 'Slots', 'Priority', 'Workflow'];
    const rows = requests
      .slice(0, ROW_LIMIT)
      .map((request, index) => [
        cell(request, index),
        request.label,
        request.slots,
        request.priority,
        request.holder,
      ]);
    lines.push('', ...markdownTable(head, rows, requests.length));
  };
  section('Holds', leases, () => '✓');
  section('Waits at', fitting, (_, index) => String(index + 1));
  section('Blocked', blocked, (request) => whyBlocked(request, state));
  if (checkedAt !== undefined) lines.push('', `Holders looked after at ${checkedAt}`);
  return lines.join('\n');
}
