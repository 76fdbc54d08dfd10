/** Owns how a process is told apart from a later one that got the same pid. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * When the process `pid` started, as opaque text that no later process of the same pid shares;
 * undefined when no such process runs (one that ended but was not yet reaped does not run).
 */
export async function startOf(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? await startOnLinux(pid) : await startByPs(pid);
}

/** By /proc, since slim container images come without `ps`. */
async function startOnLinux(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The second field is the command in parentheses and may itself hold spaces and parentheses:
  // proc(5) counts state as field 3 and starttime as field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X' || startTicks === undefined) return undefined;
  // Ticks count from the boot, and containers reach the same ones at every boot.
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${startTicks}-${boot.slice(0, 8)}`;
}

async function startByPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C' },
    });
    const [state = '', ...started] = stdout.trim().split(/\s+/);
    return state === '' || state.startsWith('Z')
      ? undefined
      : started.join('-').replaceAll(':', '');
  } catch {
    return undefined;
  }
}
