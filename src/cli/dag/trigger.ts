/** Owns `tidemark dag trigger`. */
import { Command } from 'commander';
import { instantOfMillis } from '../../core/instant.js';
import type { TriggerRequest } from '../../scheduling/dag-scheduler-input.js';
import { triggerDag } from '../../temporal/dag-schedulers.js';
import { ExitCode } from '../exit-code.js';
import { openScope, withTemporal } from '../scope.js';
import { webBase, workflowLink } from '../web-link.js';
import { DAG_ARGUMENT } from './find-dag.js';
import { findDeployed } from './find-deployed.js';
import { followRun } from './follow-run.js';
import { checkParams, PARAMS_OPTION, readParams } from './params-argument.js';
import { stateStyle } from './run-text.js';
import { readInterval, tookText } from './time-text.js';

interface TriggerOptions {
  readonly params?: string;
  readonly interval?: string;
  readonly runId?: string;
  readonly wait?: boolean;
}

/** The command. */
export function triggerCommand(): Command {
  return new Command('trigger')
    .summary('start a run by hand')
    .description(
      "Starts a run. Params are checked by the DAG's own schema before anything is sent, where its file " +
        'is at hand. With --wait: follows the run, and ends with 1 when it does not succeed.',
    )
    .argument('<dag>', DAG_ARGUMENT)
    .option(...PARAMS_OPTION)
    .option('--interval <from/to>', 'what the run is about; else the last interval that has ended')
    .option('--run-id <id>', 'id of the run; else manual-<time>')
    .option('-w, --wait', 'follow the run to its end')
    .addHelpText(
      'after',
      '\nExamples:\n  $ tidemark dag trigger orders --wait\n' +
        `  $ tidemark dag trigger orders --params '{"table": "orders"}' --interval 2026-01-31/2026-02-01\n`,
    )
    .action(async (name: string, options: TriggerOptions, command: Command) => {
      const scope = await openScope(command);
      const { output } = scope;
      const given = await readParams(options.params);
      const dataInterval =
        options.interval === undefined ? undefined : readInterval(options.interval, '--interval');
      await withTemporal(scope, async (temporal) => {
        const { id, loaded } = await findDeployed(scope, temporal, name);
        const params = loaded === undefined ? given : checkParams(loaded.dag, given);
        const request: TriggerRequest = {
          at: instantOfMillis(Date.now()),
          ...(params === undefined ? {} : { params }),
          ...(dataInterval === undefined ? {} : { dataInterval }),
          ...(options.runId === undefined ? {} : { runId: options.runId }),
        };
        const triggered = await triggerDag(temporal, id, request);
        const { runId, workflowId, queued } = triggered;
        const base = webBase(scope.config.temporal, temporal.address);
        const link = base && workflowLink(base, temporal.namespace, workflowId);
        const how = queued ? output.style('yellow', 'waits for another run to end') : 'started';
        output.line(`${output.style('bold', id)} ${runId} ${how}`);
        if (link !== undefined) output.line(`  ${link}`);
        if (options.wait !== true) {
          output.json({ ...triggered, webUrl: link });
          return;
        }
        const view = await followRun(temporal, { dagId: id, runId }, output);
        output.json({ ...triggered, webUrl: link, run: view });
        if (view === undefined) return;
        const status = output.style(stateStyle(view.status), view.status);
        output.line(`${output.style('bold', id)} ${status} after ${tookText(view, Date.now())}`);
        if (view.status !== 'success') process.exitCode = ExitCode.failed;
      });
    });
}
