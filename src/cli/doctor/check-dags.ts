/** Owns the doctor's look at DAG files: do they load. */
import type { TidemarkConfig } from '../../config/tidemark-config.js';
import { readProjectDags } from '../../dag-files/load-dags.js';
import { plural } from '../format.js';
import { failed, passed, type Finding } from './finding.js';

/** A finding for each problem, or one for all files; none where there are no DAG files. */
export async function checkDags(config: TidemarkConfig, directory: string): Promise<Finding[]> {
  try {
    const { files, dags, problems } = await readProjectDags(config, directory);
    if (problems.length > 0) return problems.map((problem) => failed('DAGs', problem));
    if (files.length === 0) return [];
    return [passed('DAGs', `${plural(dags.length, 'DAG')} in ${plural(files.length, 'file')}`)];
  } catch (error) {
    return [failed('DAGs', error)];
  }
}
