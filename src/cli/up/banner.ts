/** Owns what `up` says of itself at its start. */
import type { Output } from '../output.js';
import { clockText } from './clock-text.js';
import { stockEnvironment, type StackAddresses } from './stack-environment.js';

/** Addresses, pace, and the variables by which stock tools reach the stack. */
export function tellBanner(
  output: Output,
  stack: { readonly addresses: StackAddresses; readonly directory: string },
  secondsPerMinute: number,
): void {
  const { addresses } = stack;
  output.line();
  output.line(
    `${output.style('bold', 'tidemark')} ${output.style('dim', clockText(secondsPerMinute))}`,
  );
  output.line();
  const services: [string, string][] = [
    ['Temporal Web', addresses.webUrl],
    ['Temporal', addresses.temporalAddress],
    ['DynamoDB', addresses.dynamodbUrl],
    ['S3', addresses.s3Url],
    ['state', stack.directory],
  ];
  for (const [name, place] of services) {
    output.line(`  ${output.style('dim', name.padEnd(12))} ${place}`);
  }
  output.line();
  output.line(
    output.style('dim', '  for the AWS CLI, boto3 and the temporal CLI in another terminal:'),
  );
  const environment = stockEnvironment(addresses);
  const exports = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  output.line(`  export ${exports.join(' ')}`);
  output.line(
    output.style('dim', '  and ours as they are: tidemark status orders, tidemark query …'),
  );
  output.line();
  output.json({ event: 'ready', ...addresses, directory: stack.directory, environment });
}
