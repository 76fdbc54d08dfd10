/** Owns that a burst of many tables' calls gets through to a DynamoDB that refuses bursts. */
import { expect, test } from '@jest/globals';
import { createDynamoDbTableExports } from '../../src/connectors/dynamodb/dynamodb-table-exports.js';
import { paceCalls } from '../../src/connectors/dynamodb/pace-calls.js';
import type { Refusal } from '../../src/local/dynamodb/dynamodb-faults.js';
import { makeTable, startTestDynamoDb } from '../support/local-aws.js';

const TABLES = 100;

/** As DynamoDB was seen to: some 20 calls in a burst, then some ten a second. */
function refusesBursts(): { readonly refuse: () => Refusal | undefined; refused: number } {
  let left = 20;
  let atMs = performance.now();
  const service = {
    refused: 0,
    refuse: (): Refusal | undefined => {
      const nowMs = performance.now();
      left = Math.min(20, left + (nowMs - atMs) / 100);
      atMs = nowMs;
      if (left >= 1) {
        left -= 1;
        return undefined;
      }
      service.refused += 1;
      return { type: 'ThrottlingException', message: 'Rate exceeded' };
    },
  };
  return service;
}

test(`${TABLES} tables at one boundary: every call gets through, and few are refused`, async () => {
  const service = refusesBursts();
  let isBurst = false;
  const dynamo = await startTestDynamoDb({
    faults: { refuse: () => (isBurst ? service.refuse() : undefined) },
  });
  try {
    const names = Array.from({ length: TABLES }, (_table, n) => `orders-${n}`);
    for (const name of names) await makeTable(dynamo.client, name);
    isBurst = true;
    paceCalls(dynamo.client);
    const exports = createDynamoDbTableExports({ client: dynamo.client });
    const states = await Promise.all(names.map((name) => exports.describePitr(name)));
    expect(states.filter(({ enabled }) => enabled)).toHaveLength(TABLES);
    expect(service.refused).toBeLessThanOrEqual(5);
  } finally {
    await dynamo.close();
  }
}, 120_000);
