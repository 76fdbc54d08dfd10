/** Owns `tidemark doctor`: is all there that a sync needs, and what to do where it is not. */
import { Command } from 'commander';
import { messageOf } from '../core/errors.js';
import { connectionSettings, openTemporal } from '../temporal/connect.js';
import { openAws, type AwsAccess } from './aws-access.js';
import { projectDirectory } from './dag/find-dag.js';
import { checkBuckets } from './doctor/check-buckets.js';
import { checkCatalogs } from './doctor/check-catalogs.js';
import { checkCredentials, checkDynamoDb, checkTables } from './doctor/check-dynamodb.js';
import { checkDags } from './doctor/check-dags.js';
import { checkNode } from './doctor/check-node.js';
import { checkTemporal } from './doctor/check-temporal.js';
import { failed, passed, skipped, type Finding } from './doctor/finding.js';
import { ExitCode } from './exit-code.js';
import type { Output } from './output.js';
import { openScope, outputOf, type Scope } from './scope.js';

/** The command. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('check everything a sync needs, and say what to do')
    .description(
      'Checks Node, the configuration, DAG files, AWS (credentials, tables, recovery, buckets), catalogs\n' +
        'and Temporal (server, namespace, workers). Writes one small object to each bucket and deletes\n' +
        'it again.',
    )
    .argument('[table...]', 'tables to check besides those of the configuration')
    .action(async (tables: string[], _options: object, command: Command) => {
      const output = outputOf(command);
      const findings: Finding[] = [];
      for await (const finding of examine(command, tables)) {
        findings.push(finding);
        for (const line of findingLines(finding, output)) output.line(line);
      }
      const wrong = findings.filter(({ outcome }) => outcome === 'failed').length;
      output.json({ isWell: wrong === 0, findings });
      output.line();
      output.line(wrong === 0 ? output.style('green', 'All is well.') : `${wrong} to mend.`);
      if (wrong > 0) process.exitCode = ExitCode.failed;
    });
}

async function* examine(
  command: Command,
  tables: readonly string[],
): AsyncGenerator<Finding, void, undefined> {
  yield checkNode();
  let scope: Scope;
  try {
    scope = await openScope(command);
  } catch (error) {
    yield failed('configuration', error);
    return;
  }
  yield passed('configuration', scope.configPath ?? 'no file; from environment and defaults');
  yield* await checkDags(scope.config, projectDirectory(scope));
  yield* examineAws(scope, tables);
  yield* examineTemporal(scope);
}

async function* examineAws(
  scope: Scope,
  tables: readonly string[],
): AsyncGenerator<Finding, void, undefined> {
  let aws: AwsAccess;
  try {
    aws = await openAws(scope.config);
  } catch (error) {
    yield failed('region', error);
    return;
  }
  try {
    yield passed('region', aws.region);
    const credentials = await checkCredentials(aws);
    yield credentials;
    if (credentials.outcome === 'failed') return;
    const dynamodb = await checkDynamoDb(aws);
    yield dynamodb;
    const names = new Set([...Object.keys(scope.config.tables ?? {}), ...tables]);
    if (dynamodb.outcome === 'passed') yield* checkTables(aws, scope.config, [...names]);
    yield* checkBuckets(aws, scope.config, [...names]);
    yield* checkCatalogs(aws, scope.config, [...names]);
  } finally {
    aws.close();
  }
}

async function* examineTemporal(scope: Scope): AsyncGenerator<Finding, void, undefined> {
  const settings = connectionSettings(scope.config.temporal);
  try {
    const temporal = await openTemporal(settings);
    try {
      yield* checkTemporal(temporal, scope.taskQueue);
    } finally {
      await temporal.close();
    }
  } catch (error) {
    yield failed('Temporal', error);
    yield skipped('worker', `not asked: ${messageOf(error)}`);
  }
}

function findingLines(finding: Finding, output: Output): string[] {
  const marks = {
    passed: output.style('green', '✔'),
    warned: output.style('yellow', '!'),
    failed: output.style('red', '✖'),
    skipped: output.style('dim', '–'),
  } as const;
  const line = `${marks[finding.outcome]} ${output.style('bold', finding.what)}: ${finding.found}`;
  return finding.toDo === undefined ? [line] : [line, `    ${finding.toDo}`];
}
