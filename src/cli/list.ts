/** Owns `tidemark list`. */
import { Command } from 'commander';
import type { TemporalAccess } from '../temporal/connect.js';
import {
  listTableSyncs,
  seeTableSync,
  type ListedSync,
  type SeenSync,
} from '../temporal/table-syncs.js';
import { freshnessText } from './format.js';
import { openScope, withTemporal } from './scope.js';
import { nextText, stateStyle, stateText } from './status-text.js';
import { textTable } from './text-table.js';

/** Syncs looked at closely at once. */
const LOOKS_AT_ONCE = 50;

/** The command. */
export function listCommand(): Command {
  return new Command('list')
    .summary('show every table that is kept in step')
    .description('Lists the syncs of the Temporal namespace, with state and freshness.')
    .option('-a, --all', 'also those that have ended')
    .action(async (options: { all?: boolean }, command: Command) => {
      const scope = await openScope(command);
      const { output } = scope;
      await withTemporal(scope, async (temporal) => {
        const listed = await listTableSyncs(temporal, { all: options.all === true });
        const syncs = await seeAll(temporal, listed);
        output.json(syncs);
        if (syncs.length === 0) {
          output.line('No table is kept in step. Start with `tidemark start TABLE`.');
          return;
        }
        const nowMs = Date.now();
        const rows = syncs.map((sync) => {
          const state = stateText(sync);
          return [
            sync.tableName,
            sync.region,
            output.style(stateStyle(state), state),
            sync.status === undefined ? '' : freshnessText(sync.status.watermark, nowMs),
            sync.status?.watermark ?? '',
            nextText(sync, nowMs) ?? sync.status?.current?.label ?? '',
          ];
        });
        const names = ['table', 'region', 'state', 'freshness', 'watermark', 'next'];
        const columns = names.map((name) => ({ name }));
        for (const line of textTable(columns, rows)) output.line(line);
        const silence = syncs.find((sync) => sync.execution === 'RUNNING' && sync.silence)?.silence;
        if (silence !== undefined) output.note(output.noteStyle('yellow', silence));
      });
    });
}

async function seeAll(
  temporal: TemporalAccess,
  listed: readonly ListedSync[],
): Promise<readonly SeenSync[]> {
  const seen: SeenSync[] = [];
  for (let start = 0; start < listed.length; start += LOOKS_AT_ONCE) {
    const some = listed.slice(start, start + LOOKS_AT_ONCE);
    const looks = some.map(({ region, tableName }) => seeTableSync(temporal, region, tableName));
    seen.push(...(await Promise.all(looks)));
  }
  return seen;
}
