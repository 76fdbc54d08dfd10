/** Owns the measured graphs as DAGs of ours. */
import { chain, dag, manual, type Dag } from '../../src/dag/index.js';
import { light } from './light.js';
import { DAG_IDS, FAN_WIDTH, SEQUENCE_LENGTH, type Shape } from './shapes.js';

export type LightDags = Readonly<Record<Shape, Dag>>;

/** Of ordinary tasks. */
export const LIGHT_DAGS = lightDags('', false);
/** Of tasks that are `local`. */
export const LOCAL_LIGHT_DAGS = lightDags('_local', true);

function lightDags(suffix: string, local: boolean): LightDags {
  const options = { schedule: manual(), defaults: { local } };
  return {
    sequence: dag(DAG_IDS.sequence + suffix, options, (d) => {
      const tasks = Array.from({ length: SEQUENCE_LENGTH }, (_, at) => d.task(`t${at}`, light)());
      for (const [at, task] of tasks.entries()) if (at > 0) task.after(tasks[at - 1]!);
    }),
    sideBySide: dag(DAG_IDS.sideBySide + suffix, options, (d) => {
      const first = d.task('first', light)();
      const fan = Array.from({ length: FAN_WIDTH }, (_, at) => d.task(`t${at}`, light)());
      chain(first, fan, d.task('last', light)());
    }),
  };
}
