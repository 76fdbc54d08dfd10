/** Owns a pool's page in Temporal Web. */
import { markdownTable } from './markdown-table.js';
import type { PoolView } from './pool-messages.js';

/** The pool as markdown: what is taken and by whom, and who waits at which position. */
export function renderPool(view: PoolView): string {
  const { slots, used, leases, queue, checkedAt } = view;
  const blocked = queue.filter((waiter) => waiter.blocked !== undefined).length;
  const lines = [
    `**${used} of ${slots} slots taken**, ${queue.length - blocked} waiting${blocked > 0 ? `, **${blocked} blocked**` : ''}`,
  ];
  if (leases.length > 0) {
    const rows = leases.map((lease) => [lease.label, lease.slots, lease.priority, lease.holder]);
    lines.push('', ...markdownTable(['Holds', 'Slots', 'Priority', 'Workflow'], rows));
  }
  if (queue.length > 0) {
    const rows = queue.map((waiter) => [
      waiter.position ?? waiter.blocked ?? '',
      waiter.label,
      waiter.slots,
      waiter.priority,
      waiter.holder,
    ]);
    lines.push('', ...markdownTable(['Position', 'Waits', 'Slots', 'Priority', 'Workflow'], rows));
  }
  if (checkedAt !== undefined) lines.push('', `Holders looked after at ${checkedAt}`);
  return lines.join('\n');
}
