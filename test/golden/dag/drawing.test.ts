/** Owns what drawings look like: compared with files that were looked at. UPDATE_GOLDEN=1 writes them. */
 
import { describe, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  chain,
  dag,
  renderMermaid,
  renderSvg,
  renderText,
  taskStates,
  testDag,
} from '../../../src/dag/index.js';

const orders = dag('orders_daily', {}, (d) => {
  const cluster = d.setup('make_cluster', async () => 'c1')();
  const ready = d.sensor('wait_for_export', async () => 'arn')();
  const extract = d.group('extract', (g) => {
    const list = g.task('list', async (a: { arn: string }) => [a.arn, 'b', 'c'])({ arn: ready });
    const copy = g.task('copy', async (a: { table: string }) => a.table).map({ table: list });
    return { copy };
  });
  extract.after(cluster);
  const small = d.task('summarise', async () => 1)();
  const big = d.task('aggregate', async () => 2)();
  const report = d.task('report', async () => 3, { triggerRule: 'none_failed_min_one_success' })();
  d.branch('how_big', async (a: { copied: string[] }) => (a.copied.length > 9 ? 'big' : 'small'), {
    big,
    small,
  })({ copied: extract.outputs.copy });
  chain([small, big], [report, report]);
  d.teardown('drop_cluster', async () => {}, { setups: cluster })().after(report);
});

const finished = await testDag(orders, { outcomes: { summarise: { fail: 'no' } } });
const states = taskStates(orders.graph, finished.state);

describe('drawings', () => {
  test.each([
    ['graph.mmd', renderMermaid(orders.graph)],
    ['run.mmd', renderMermaid(orders.graph, states)],
    ['graph.svg', renderSvg(orders.graph)],
    ['run.svg', renderSvg(orders.graph, states)],
    ['graph.txt', renderText(orders.graph)],
    ['run.txt', renderText(orders.graph, states)],
    ['run-color.txt', renderText(orders.graph, states, { color: true })],
  ])('%s', (name, drawing) => {
    const file = join(import.meta.dirname, name);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, drawing);
    expect(drawing).toBe(readFileSync(file, 'utf8'));
  });
});
