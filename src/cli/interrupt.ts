/** Owns Ctrl-C: the first asks for an orderly end, the second forces it. */
import { ExitCode } from './exit-code.js';

/** What follows from SIGINT and SIGTERM until released. */
export interface Interrupt {
  readonly signal: AbortSignal;
  release(): void;
}

/** Aborts the signal at the first SIGINT or SIGTERM; ends the process at the second. */
export function onInterrupt(onFirst: () => void = () => undefined): Interrupt {
  const controller = new AbortController();
  const interrupted = (): void => {
    // Children are tethered: they end with this process, however it ends.
    if (controller.signal.aborted) process.exit(ExitCode.interrupted);
    controller.abort();
    onFirst();
  };
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', interrupted);
      process.off('SIGTERM', interrupted);
    },
  };
}
