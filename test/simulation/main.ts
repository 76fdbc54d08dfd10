/** Owns `npm run simulate`: seeds on two lanes, what happened how often, and how to repeat a failure. */
import { Command, InvalidArgumentError } from 'commander';
import { generateScript } from './generate-script.js';
import { runSeeds } from './run-seeds.js';

/** From so many seeds on, whatever can happen must have happened. */
const SEEDS_FOR_ALL = 200;

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

await new Command('simulate')
  .description('Lets everything go wrong in random order, and holds the sync to its laws.')
  .option('--seeds <count>', 'how many seeds, from --first on', wholeNumber, 20)
  .option('--first <seed>', 'the first seed', wholeNumber, 1)
  .option('--seed <seed>', 'this seed alone', wholeNumber)
  .option('--script', 'print the scripts, and run nothing', false)
  .action(
    async (options: {
      seeds: number;
      first: number;
      seed: number | undefined;
      script: boolean;
    }) => {
      const { first, seed } = options;
      const seeds =
        seed === undefined ? Array.from({ length: options.seeds }, (_, i) => first + i) : [seed];
      if (options.script) {
        for (const each of seeds) {
          process.stdout.write(`${JSON.stringify(generateScript(each), null, 2)}\n`);
        }
        return;
      }
      const { tally, failures } = await runSeeds(seeds, (line) => {
        process.stdout.write(`${line}\n`);
      });
      process.stdout.write(`\n${tally.lines().join('\n')}\n\n`);
      for (const line of failures) process.stdout.write(`${line}\n`);
      const missing = tally.missing();
      if (seeds.length >= SEEDS_FOR_ALL && missing.length > 0) {
        process.stdout.write(`Never happened, and must: ${missing.join(', ')}\n`);
        process.exitCode = 1;
      }
      if (failures.length > 0) process.exitCode = 1;
      // A simulation that came to no end would hold the process.
      process.exit();
    },
  )
  .parseAsync();
