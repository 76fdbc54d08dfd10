/** Owns `npm run bench <measurement>`. */
import { Command } from 'commander';
import { dagCommand } from './dag.js';
import { processingCommand } from './processing.js';
import { windowCostCommand } from './window-cost.js';

await new Command('bench')
  .description('Measures tidemark on this machine; bench/README.md says what and how.')
  .addCommand(dagCommand())
  .addCommand(processingCommand())
  .addCommand(windowCostCommand())
  .parseAsync();
