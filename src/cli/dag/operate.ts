/** Owns what the commands that change a run have in common: which run, and what became of it. */
import type { Command } from 'commander';
import { didYouMean } from '../../config/nearest-name.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { RunOperation } from '../../dag/index.js';
import { operateRun, type SeenRun } from '../../temporal/dag-runs.js';
import { openScope, withTemporal } from '../scope.js';
import { webBase, workflowLink } from '../web-link.js';
import { findDagId } from './find-dag.js';
import { findRun } from './find-run.js';

/** Which run is to be changed, and how. */
export interface Operation {
  readonly command: Command;
  readonly dag: string;
  readonly run: string;
  /** What is done, as a person reads it: `copy cleared`. */
  readonly did: string;
  /** May look at the run first, to refuse what cannot be meant. */
  readonly operationFor: (run: SeenRun) => RunOperation;
}

/** Changes the run, and says what became of it. */
export async function operate({ command, dag, run, did, operationFor }: Operation): Promise<void> {
  const scope = await openScope(command);
  const { output, config } = scope;
  const { id } = await findDagId(scope, dag);
  await withTemporal(scope, async (temporal) => {
    const seen = await findRun(temporal, id, run);
    const operation = operationFor(seen);
    const { outcome, workflowId } = await operateRun(temporal, seen, operation);
    const base = webBase(config.temporal, temporal.address);
    const link = base && workflowLink(base, temporal.namespace, workflowId);
    output.json({ dagId: id, runId: seen.runId, operation, outcome, webUrl: link });
    const how = outcome === 'reopened' ? ': the run had ended, and goes on' : '';
    output.line(`${output.style('bold', `${id} ${seen.runId}`)} ${did}${how}`);
    output.line(`  \`tidemark dag show ${id} ${seen.runId}\` shows how it stands`);
    if (link !== undefined) output.line(`  ${link}`);
  });
}

/** The tasks of `names` as the run's own graph has them; NotFound tells which there are. */
export function checkTasks(run: SeenRun, names: readonly string[]): void {
  const known = run.snapshot?.graph.tasks.map((task) => task.id);
  if (known === undefined) return;
  for (const name of names) {
    if (known.includes(name)) continue;
    const list = `Its tasks: ${known.slice(0, 10).join(', ')}${known.length > 10 ? ', …' : ''}.`;
    throw new TidemarkError(`Run ${run.runId} of ${run.dagId} has no task ${name}.`, {
      code: ErrorCode.NotFound,
      subject: name,
      hint: [didYouMean(name, known), list].filter((part) => part !== '').join(' '),
    });
  }
}
