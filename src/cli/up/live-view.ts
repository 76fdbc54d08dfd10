/** Owns what `up` shows of the sync: lines on a terminal that change in place. */
import type { SeenSync } from '../../temporal/table-syncs.js';
import { freshnessText } from '../format.js';
import type { Output } from '../output.js';
import { nextText, stateStyle, stateText } from '../status-text.js';

/** What the lines are made of besides the sync. */
export interface LiveContext {
  readonly output: Output;
  readonly nowMs: number;
  readonly windows: { readonly landed: number; readonly wanted: number | undefined };
  readonly itemsWritten: number;
  readonly worker: number | undefined;
}

/** The live area's lines. */
export function liveLines(sync: SeenSync, context: LiveContext): string[] {
  const { output, nowMs, windows } = context;
  const { status } = sync;
  const state = stateText(sync);
  const wanted = windows.wanted === undefined ? '' : ` of ${windows.wanted}`;
  const facts: [string, string | undefined][] = [
    [sync.tableName, `${output.style(stateStyle(state), state)}${activity(sync, nowMs)}`],
    [
      'watermark',
      status?.watermark && `${status.watermark}, ${freshnessText(status.watermark, nowMs)}`,
    ],
    [
      'this run',
      `${windows.landed}${wanted} windows committed, ${context.itemsWritten} demo writes`,
    ],
    ['why', status?.parked && output.style('red', status.parked.message)],
    [
      'to do',
      status?.parked && `${status.parked.hint ?? ''} Then \`tidemark resume ${sync.tableName}\`.`,
    ],
    ['worker', context.worker === undefined ? 'none of ours' : `pid ${context.worker}`],
    ...trouble(sync),
  ];
  const known = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${output.style('dim', name.padEnd(10))} ${value}`],
  );
  return ['', ...known];
}

/** What makes a plain line worth writing where nothing can be drawn in place: a change of state. */
export function plainStateLine(sync: SeenSync, nowMs: number): string {
  return `${sync.tableName}: ${stateText(sync)}${activity(sync, nowMs)}`;
}

function activity(sync: SeenSync, nowMs: number): string {
  const what = sync.status?.current?.label ?? nextText(sync, nowMs);
  return what === undefined ? '' : `: ${what}`;
}

function trouble({ pending }: SeenSync): [string, string][] {
  return pending
    .filter((work) => work.state === 'retrying')
    .map((work) => [
      'retrying',
      `${work.activity}, attempt ${work.attempt}: ${work.lastFailure ?? ''}`,
    ]);
}
