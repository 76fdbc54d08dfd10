/** Owns the tests of what telling the asset board makes of the server's answers. */
import { describe, expect, test } from '@jest/globals';
import { ServiceError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { tellAssets } from '../../../activities/dag/tell-assets.js';
import type { Instant } from '../../../src/core/instant.js';
import { quietRuntime } from '../../support/quiet-runtime.js';

/** A server that answers every signal alike. */
function clientOf(answer: () => Promise<void>): Client {
  return { workflow: { getHandle: () => ({ signal: answer }) } } as unknown as Client;
}

function refusal(code: number): ServiceError {
  const cause = Object.assign(new Error('no'), { code, details: 'no', metadata: {} });
  return new ServiceError('Failed to signal Workflow', { cause });
}

const tell = (answer: () => Promise<void>): Promise<void> => {
  quietRuntime();
  const event = { asset: 'x', at: '2026-11-24T08:15:00Z' as Instant };
  return new MockActivityEnvironment().run(() => tellAssets(clientOf(answer), { key: 'k', event }));
};

describe('telling the board', () => {
  test('that was never started is nobody to tell', async () => {
    await tell(() => Promise.reject(new WorkflowNotFoundError('no', 'tidemark/assets', undefined)));
  });

  test.each([
    ['takes no more signals', 3],
    ['may not be signalled', 7],
  ])('that %s stops nobody', async (_, code) => {
    await tell(() => Promise.reject(refusal(code)));
  });

  test.each([
    ['is asked too much', 8],
    ['is not reached', 14],
  ])('that %s is told again later', async (_, code) => {
    await expect(tell(() => Promise.reject(refusal(code)))).rejects.toThrow('Failed to signal');
  });
});
