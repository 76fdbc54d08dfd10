/** Owns alerts that nobody takes: they never stop a sync, and nobody is told twice for it. */
import { expect, test } from '@jest/globals';
import { createAlertPublisher } from '../../src/connectors/sns/publish-alert.js';
import { alertPoster } from '../../src/connectors/webhook/post-alert.js';
import { freePort } from '../support/free-port.js';
import { pointToSns, startSnsTopic, type SnsTopic } from '../support/sns-topic.js';
import { SyncStory } from '../support/sync-story.js';

const ARN = 'arn:aws:sns:us-east-1:123456789012:lake-alerts';
const alerts = { lagSeconds: 86_400 };

/** A sync that tells a topic, and a webhook that nobody answers at; it is resynced, and goes on. */
async function expectUnharmed(
  refuse: (topic: SnsTopic) => void,
  check: (topic: SnsTopic) => void,
): Promise<void> {
  const topic = await startSnsTopic();
  const restore = pointToSns(topic.url);
  const publisher = createAlertPublisher(ARN);
  try {
    await SyncStory.tell(async (sync) => {
      const webhook = alertPoster(`http://127.0.0.1:${await freePort()}/`);
      Object.assign(sync.world.ports, { alerted: { webhook, sns: publisher.tell } });
      await sync.follow({ alerts });
      refuse(topic);
      await sync.signal('resync');
      await sync.until(({ totals }) => totals.fullLoads === 2);
      await sync.windows(8);
      await sync.stop();
      await sync.expectWhole();
    });
    check(topic);
  } finally {
    publisher.close();
    restore();
    await topic.close();
  }
}

test('the topic of alerts is gone', () =>
  expectUnharmed(
    (topic) => {
      topic.refusal = { status: 404, code: 'NotFound', message: 'Topic does not exist' };
    },
    ({ requests }) => {
      expect(requests).toHaveLength(1);
    },
  ));

test('the webhook of alerts does not answer', () =>
  expectUnharmed(
    () => undefined,
    ({ requests }) => {
      expect(requests.map((each) => each.get('Subject'))).toEqual([SUBJECT]);
    },
  ));

test('nobody can be told that a sync ends', () =>
  SyncStory.tell(async (sync) => {
    let tries = 0;
    sync.hook.call = (name) => {
      if (name !== 'sendAlert') return Promise.resolve();
      tries += 1;
      return Promise.reject(new Error('nobody is there'));
    };
    await sync.follow({ answers: { onTableDeleted: 'end' }, alerts });
    await sync.deleteTable();
    await sync.until(({ phase }) => phase === 'stopped');
    expect(tries).toBeGreaterThan(3);
  }));

const SUBJECT = 'tidemark: resyncing: orders';
