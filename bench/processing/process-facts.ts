/** Owns what the system says of a process: memory at its peak, and time on the cores. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessFacts {
  /** Sum over the process and all it has started. */
  readonly peakRssBytes: number;
  readonly cpuSeconds: number;
}

/** Ticks a second of `/proc`'s times (sysconf(_SC_CLK_TCK), 100 on every Linux that Node runs on). */
const TICKS = 100;

/** NaN where the system has no `/proc`. */
export function processFacts(pid: number): ProcessFacts {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // One that has ended meanwhile is left out.
    const children = childrenOf(pid)
      .map(processFacts)
      .filter(({ cpuSeconds, peakRssBytes }) => !Number.isNaN(cpuSeconds + peakRssBytes));
    return {
      peakRssBytes:
        1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) + sum(children, 'peakRssBytes'),
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS + sum(children, 'cpuSeconds'),
    };
  } catch {
    return { peakRssBytes: NaN, cpuSeconds: NaN };
  }
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
      .split(' ')
      .filter((text) => text !== '')
      .map(Number),
  );
}

function sum(facts: readonly ProcessFacts[], what: keyof ProcessFacts): number {
  return facts.reduce((total, each) => total + each[what], 0);
}
