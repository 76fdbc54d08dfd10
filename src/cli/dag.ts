/** Owns `tidemark dag`: the group of commands on DAGs. */
import { Command } from 'commander';
import { backfillCommand } from './dag/backfill.js';
import { clearCommand } from './dag/clear.js';
import { listCommand } from './dag/list.js';
import { markCommand } from './dag/mark.js';
import { pauseCommands } from './dag/pause.js';
import { planCommand } from './dag/plan.js';
import { poolsCommand } from './dag/pools.js';
import { cancelCommand, retryCommand } from './dag/retry-and-cancel.js';
import { runsCommand } from './dag/runs.js';
import { showCommand } from './dag/show.js';
import { testCommand } from './dag/test.js';
import { triggerCommand } from './dag/trigger.js';

/** The command with all its own. */
export function dagCommand(): Command {
  const dag = new Command('dag')
    .summary('write, run and look after DAGs')
    .description(
      'DAGs are TypeScript modules in dags/, or where `dags` in tidemark.config.ts\n' +
        'says. A worker serves and schedules them. docs/dag.md tells how to write one.',
    )
    .helpCommand(false);
  const groups: readonly (readonly [string, readonly Command[]])[] = [
    ['From the files alone:', [testCommand(), planCommand()]],
    ['Look:', [listCommand(), showCommand(), runsCommand(), poolsCommand()]],
    ['Run:', [triggerCommand(), backfillCommand(), ...pauseCommands()]],
    ['Change a run:', [retryCommand(), clearCommand(), markCommand(), cancelCommand()]],
  ];
  for (const [heading, commands] of groups) {
    for (const command of commands) dag.addCommand(command.helpGroup(heading));
  }
  return dag;
}
