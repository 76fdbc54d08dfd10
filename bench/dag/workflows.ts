/** Owns the bundle that is measured: a run of ours and the same steps by hand. */
export { dagRun } from '../../workflows/dag-run.js';
export * from './by-hand.js';
