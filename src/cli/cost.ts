/** Owns `tidemark cost`: what tables have cost, by month. */
import { Command } from 'commander';
import type { TemporalAccess } from '../temporal/connect.js';
import { listTableSyncs, seeTableSync, type SeenSync } from '../temporal/table-syncs.js';
import { costLines } from './cost-text.js';
import { findSync } from './find-sync.js';
import { openScope, withTemporal, type Scope } from './scope.js';

/** The command. */
export function costCommand(): Command {
  return new Command('cost')
    .summary('show what tables have cost, by month')
    .description(
      'Shows what the loads of each table that is kept in step have cost: exports by what AWS says it\n' +
        'bills, S3 requests and Temporal actions as they were counted.',
    )
    .argument(
      '[table...]',
      'names of DynamoDB tables; all that are kept in step when none is named',
    )
    .addHelpText('after', '\nExamples:\n  $ tidemark cost\n  $ tidemark cost orders --json\n')
    .action(async (tables: string[], _options: unknown, command: Command) => {
      const scope = await openScope(command);
      await withTemporal(scope, async (temporal) => {
        const syncs = await lookedAt(scope, temporal, tables);
        scope.output.json(
          syncs.map(({ tableName, region, status, silence }) => ({
            tableName,
            region,
            ledger: status?.ledger,
            outlook: status?.outlook,
            budgetMicros: status?.budgetMicros,
            actionsAreBilled: status?.actionsAreBilled,
            silence,
          })),
        );
        if (syncs.length === 0) {
          scope.output.line(
            'No table is kept in step. `tidemark plan TABLE` shows what one would cost.',
          );
        }
        for (const line of syncs.flatMap((sync) => costLines(sync, scope.output))) {
          scope.output.line(line);
        }
      });
    });
}

async function lookedAt(
  scope: Scope,
  temporal: TemporalAccess,
  tables: readonly string[],
): Promise<readonly SeenSync[]> {
  const listed =
    tables.length === 0
      ? await listTableSyncs(temporal, { all: false })
      : await Promise.all([...new Set(tables)].map((table) => findSync(scope, temporal, table)));
  const seen: SeenSync[] = [];
  for (const { region, tableName } of listed) {
    seen.push(await seeTableSync(temporal, region, tableName));
  }
  return seen;
}
