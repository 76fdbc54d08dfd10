/** Owns a run that a test tells things, one after another. */
import {
  createRun,
  decide,
  taskStates,
  type DagGraph,
  type RunCommand,
  type RunState,
} from '../../src/dag/index.js';
import type { Told } from '../../src/scheduling/attempt-end.js';

/** A run that is told things one after another, a second apart. */
export class Teller {
  state: RunState;
  #atMs = 0;
  readonly graph: DagGraph;

  constructor(graph: DagGraph) {
    this.graph = graph;
    this.state = createRun(graph);
  }

  tell(event: Told): readonly RunCommand[] {
    this.#atMs += 1000;
    const { state, commands } = decide(this.graph, this.state, { ...event, atMs: this.#atMs });
    this.state = state;
    return commands;
  }

  succeed(
    task: string,
    value?: string | number | string[],
    mapIndex = -1,
    attempt = 1,
  ): readonly RunCommand[] {
    const output = value === undefined ? {} : { output: { value } };
    return this.tell({ type: 'taskSucceeded', task, mapIndex, attempt, ...output });
  }

  fail(task: string, mapIndex = -1, attempt = 1): readonly RunCommand[] {
    return this.tell({
      type: 'taskFailed',
      task,
      mapIndex,
      attempt,
      error: { message: 'no' },
      retryable: true,
    });
  }

  get states(): Readonly<Record<string, string>> {
    return taskStates(this.graph, this.state);
  }
}
