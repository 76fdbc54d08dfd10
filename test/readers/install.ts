/** Owns installing the readers that every test run needs, before the tests' own clocks run. */
import { lightPython } from '../support/reader-programs.js';

await lightPython((line) => {
  process.stdout.write(`${line}\n`);
});
