/** Owns `tidemark dag pause` and `tidemark dag unpause`. */
import { Command } from 'commander';
import { pauseDag, unpauseDag } from '../../temporal/dag-schedulers.js';
import { openScope, withTemporal } from '../scope.js';
import { DAG_ARGUMENT } from './find-dag.js';
import { findDeployed, type DeployedDag } from './find-deployed.js';

/** Both commands. */
export function pauseCommands(): readonly Command[] {
  return [
    pauseOrNot('pause', 'begin no more runs of a DAG').description(
      'Begins no run of these DAGs from now on; those under way go on.',
    ),
    pauseOrNot('unpause', 'begin runs of a DAG again').description(
      'Begins runs again; whether those of the meantime are made up for, catchup says.',
    ),
  ];
}

function pauseOrNot(verb: 'pause' | 'unpause', summary: string): Command {
  return new Command(verb)
    .summary(summary)
    .argument('<dag...>', DAG_ARGUMENT)
    .action(async (names: string[], _options: object, command: Command) => {
      const scope = await openScope(command);
      const { output } = scope;
      await withTemporal(scope, async (temporal) => {
        // All are found before any is told: a typo in the second leaves the first as it was.
        const dags: DeployedDag[] = [];
        for (const name of names) dags.push(await findDeployed(scope, temporal, name));
        for (const { id, view } of dags) {
          const was = view?.paused;
          await (verb === 'pause' ? pauseDag(temporal, id) : unpauseDag(temporal, id));
          const paused = verb === 'pause';
          output.json({ dagId: id, paused, changed: was !== paused });
          const already = was === paused ? 'already ' : '';
          const state = paused ? output.style('yellow', 'paused') : output.style('green', 'runs');
          output.line(`${output.style('bold', id)} ${already}${state}`);
        }
      });
    });
}
