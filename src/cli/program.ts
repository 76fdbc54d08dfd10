/** Owns the command line as a whole: its commands, its help, its way of complaining. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { costCommand } from './cost.js';
import { dagCommand } from './dag.js';
import { doctorCommand } from './doctor.js';
import { EXIT_CODES_HELP } from './exit-code.js';
import { exportCommand } from './export.js';
import { genDataCommand } from './gen-data.js';
import { listCommand } from './list.js';
import { loadCommand } from './load.js';
import { localCommand } from './local.js';
import { planCommand } from './plan.js';
import { queryCommand } from './query.js';
import { DEFAULT_STATE_DIR } from './scope.js';
import { signalCommands } from './signal-commands.js';
import { startCommand } from './start.js';
import { statusCommand } from './status.js';
import { upCommand } from './up.js';
import { verifyCommand } from './verify.js';
import { workerCommand } from './worker.js';

const EXAMPLES = `
Examples:
  $ tidemark up                             everything on this machine, with a demo table
  $ tidemark query 'select count(*) from orders'
  $ tidemark doctor                         is all there that AWS and Temporal have to have?
  $ tidemark plan orders                    freshness against dollars, before anything starts
  $ tidemark worker &                       do the work
  $ tidemark start orders --bucket my-lake  keep s3://my-lake/lake in step with a table
  $ tidemark status orders --watch
  $ tidemark dag test dags/report.ts        run a DAG here, with no server and no waiting

Exit codes:
${EXIT_CODES_HELP.map((line) => `  ${line}`).join('\n')}

A configuration lies in tidemark.config.ts (.mts .js .mjs .json); TIDEMARK_ variables win over it,
options over both. AWS and Temporal are found by their own variables and profiles. While
\`tidemark up\` runs in a directory without a configuration, commands there use its local stack.
`;

const LAST_GROUP = 'When something is wrong:';

/** The program, ready to parse. */
export function createProgram(): Command {
  const program = new Command('tidemark')
    .description('Keeps a data lake in step with DynamoDB tables.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .option(
      '-c, --config <file>',
      'configuration file (default: tidemark.config.ts, "none" for none)',
    )
    .option('--state-dir <dir>', 'where `up` and `local` keep their state', DEFAULT_STATE_DIR)
    .option('--json', 'answer in JSON on stdout; everything else goes to stderr')
    .option('-v, --verbose', 'show what an error came from')
    .addHelpCommand(
      new Command('help')
        .argument('[command]')
        .description('show help on a command')
        .helpGroup(LAST_GROUP),
    )
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    .addHelpText('after', EXAMPLES);
  const groups: readonly (readonly [string, readonly Command[]])[] = [
    ['On this machine:', [upCommand(), localCommand(), genDataCommand()]],
    [
      'Keep tables in step:',
      [
        planCommand(),
        startCommand(),
        workerCommand(),
        listCommand(),
        statusCommand(),
        costCommand(),
        ...signalCommands(),
      ],
    ],
    ['Look at data:', [queryCommand(), verifyCommand(), exportCommand(), loadCommand()]],
    ['DAGs:', [dagCommand()]],
    [LAST_GROUP, [doctorCommand()]],
  ];
  for (const [heading, commands] of groups) {
    for (const command of commands) program.addCommand(command.helpGroup(heading));
  }
  configureAll(program);
  return program;
}

function configureAll(command: Command): void {
  command.exitOverride();
  command.configureHelp({ showGlobalOptions: true, sortOptions: false });
  command.configureOutput({
    outputError: (text, write) => {
      write(complaint(text, command));
    },
  });
  for (const inner of command.commands) configureAll(inner);
}

/** Commander's `error: …` as ours, with the way to the help. */
function complaint(text: string, command: Command): string {
  const [message = '', ...suggestions] = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .split('\n');
  const guess = suggestions.join(' ').replace(/^\((.*)\)$/, '$1');
  const hint = [guess, `See \`${pathOf(command)} --help\`.`]
    .filter((part) => part !== '')
    .join(' ');
  return `tidemark: ${message}.\n  ${hint}\n`;
}

/** `tidemark dag show`. */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function packageVersion(): string {
  const up = import.meta.url.endsWith('.ts') ? '../..' : '../../..';
  const url = new URL(`${up}/package.json`, import.meta.url);
  const manifest = JSON.parse(readFileSync(url, 'utf8')) as { readonly version: string };
  return manifest.version;
}
