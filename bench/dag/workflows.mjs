/** Owns the bundle that is measured: a run of ours, as it ships, and the same steps by hand. */
export { dagRun } from '../../lib/workflows/dag-run.js';
export * from './by-hand.ts';
