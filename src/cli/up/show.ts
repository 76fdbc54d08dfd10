/** Owns the show of a running demo: drawn in place on a terminal, line by line elsewhere. */
import { commitText } from '../status-text.js';
import { LiveArea } from '../live-area.js';
import type { Output } from '../output.js';
import type { SyncWatcher } from './follow-sync.js';
import { liveLines, plainStateLine } from './live-view.js';

/** What is told while the demo runs. */
export interface Show {
  /** A line on something that happened. */
  readonly note: (line: string) => void;
  readonly onWrite: () => void;
  watcher(workerPid: () => number | undefined): SyncWatcher;
  /** Stops drawing; may be called more than once. */
  end(): void;
}

/** Begins the show. */
export function createShow(output: Output, wanted: number | undefined): Show {
  const area = new LiveArea(output.terminal);
  let landed = 0;
  let itemsWritten = 0;
  let lastLine = '';
  const say = (line: string): void => {
    if (area.isLive) area.above(line);
    else output.line(line);
  };
  return {
    note: (line) => {
      if (area.isLive) area.above(line);
      else output.note(line);
    },
    onWrite: () => {
      itemsWritten += 1;
    },
    watcher: (workerPid) => ({
      onCommit: (load) => {
        if (load.kind === 'incremental') landed += 1;
        say(`${output.style('green', '✔')} ${commitText(load)}`);
        output.json({ event: 'commit', ...load });
      },
      onLook: (sync) => {
        const nowMs = Date.now();
        if (area.isLive) {
          const windows = { landed, wanted };
          area.show(liveLines(sync, { output, nowMs, windows, itemsWritten, worker: workerPid() }));
          return;
        }
        // Times that count down would make every line a new one.
        const line = plainStateLine(sync, nowMs).replace(/ \(in .*\)$/, '');
        if (line !== lastLine) say(line);
        lastLine = line;
      },
    }),
    end: () => {
      area.end();
    },
  };
}
