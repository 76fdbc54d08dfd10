/** Owns the older name of window-prefix.ts, for what still imports it. */
export { windowPrefix } from './window-prefix.js';
