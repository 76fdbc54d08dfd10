/** Owns `tidemark status`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { TemporalAccess } from '../temporal/connect.js';
import { seeTableSync, type ListedSync } from '../temporal/table-syncs.js';
import { findSync } from './find-sync.js';
import { onInterrupt } from './interrupt.js';
import { LiveArea } from './live-area.js';
import { openScope, withTemporal, type Scope } from './scope.js';
import { statusLines } from './status-text.js';
import { webBase, workflowLink } from './web-link.js';

const WATCH_INTERVAL_MS = 1000;

/** The command. */
export function statusCommand(): Command {
  return new Command('status')
    .summary('show how a table stands')
    .description(
      "Shows a sync's state, watermark and freshness, its last commits, what comes next and what is\n" +
        'being tried again. Works when no worker runs: then Temporal tells what it knows.',
    )
    .argument('<table>', 'name of a DynamoDB table')
    .option('-w, --watch', 'keep showing it until Ctrl-C')
    .addHelpText(
      'after',
      '\nExamples:\n  $ tidemark status orders --watch\n  $ tidemark status orders --json | jq .status.watermark\n',
    )
    .action(async (table: string, options: { watch?: boolean }, command: Command) => {
      const scope = await openScope(command);
      await withTemporal(scope, async (temporal) => {
        const sync = await findSync(scope, temporal, table);
        if (options.watch === true) await watch(scope, temporal, sync);
        else for (const line of await lookAt(scope, temporal, sync)) scope.output.line(line);
      });
    });
}

async function lookAt(scope: Scope, temporal: TemporalAccess, sync: ListedSync): Promise<string[]> {
  const { output, config } = scope;
  const seen = await seeTableSync(temporal, sync.region, sync.tableName);
  output.json(seen);
  const base = webBase(config.temporal, temporal.address);
  const link = base && workflowLink(base, temporal.namespace, seen.workflowId);
  return statusLines(seen, { output, nowMs: Date.now(), link });
}

async function watch(scope: Scope, temporal: TemporalAccess, sync: ListedSync): Promise<void> {
  const area = new LiveArea(scope.output.terminal);
  const interrupt = onInterrupt();
  const { signal } = interrupt;
  try {
    while (!signal.aborted) {
      const lines = await lookAt(scope, temporal, sync);
      if (area.isLive) area.show(lines);
      else for (const line of lines) scope.output.line(line);
      await sleep(WATCH_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    area.end();
    interrupt.release();
  }
}
