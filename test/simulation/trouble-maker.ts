/** Owns carrying out the troubles of a script at the local AWS, and mending them. */
import { ExportTableToPointInTimeCommand } from '@aws-sdk/client-dynamodb';
import { unreachable } from '../../src/core/assert.js';
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import { switchPitr, type TestDynamoDb } from '../support/local-aws.js';
import type { AwsTroubles } from './aws-troubles.js';
import type { SimulatedTable } from './simulated-table.js';
import { EXPORT_BUCKET } from './simulation-world.js';
import { LawBroken } from './simulated-workers.js';
import { LASTING, type Lasting, type ScriptDeed } from './simulation-script.js';
import type { Tally } from './tally.js';

interface MakerWorld {
  readonly dynamo: TestDynamoDb;
  readonly table: SimulatedTable;
  readonly troubles: AwsTroubles;
  /** The bucket of exports, whatever is the matter with it now. */
  readonly exportStore: ObjectStore;
  readonly tally: Tally;
}

/** Deeds that are the sync's or its workers', not AWS's. */
const OURS = [
  'signal',
  'storm',
  'stop-and-start',
  'kill',
  'duplicates',
  'late',
  'late-return',
  'worker-clock',
] as const;
/** Deeds that are AWS's, or of those who share it with us. */
export type Trouble = Exclude<ScriptDeed, { kind: (typeof OURS)[number] }>;

/** Whether AWS does it. */
export function isTrouble(deed: ScriptDeed): deed is Trouble {
  return !(OURS as readonly string[]).includes(deed.kind);
}

const FOREIGN = Buffer.from('not ours');

export class TroubleMaker {
  readonly #world: MakerWorld;
  readonly #foreign = new Set<string>();

  constructor(world: MakerWorld) {
    this.#world = world;
  }

  async make(deed: Trouble): Promise<void> {
    const { troubles, tally } = this.#world;
    switch (deed.kind) {
      case 'throttled':
        troubles.throttledCalls += deed.calls;
        return;
      case 'limit-exceeded':
        troubles.limitedCalls += deed.calls;
        return;
      case 'lost-answers':
        troubles.lostAnswers += deed.calls;
        return;
      case 'damage':
        troubles.damageNext = deed.part;
        return;
      case 'export-fails':
        troubles.exportsFailWith = deed.code;
        return;
      case 'foreign-files':
        await this.#leaveForeignFiles();
        return;
      case 'foreign-export':
        await this.#exportAsSomebodyElse();
        return;
      case 'pitr-off-and-on':
        if (!(await this.#switchPitr(false))) return;
        await this.#switchPitr(true);
        tally.add('recovery off and on');
        return;
      case 'mended':
        if (deed.trouble === 'export-fails') troubles.exportsFailWith = undefined;
        else await this.#mend(deed.trouble);
        return;
      case 's3-faults':
      case 'bucket-missing':
      case 'bucket-denied':
      case 'pitr-off':
      case 'table-deleted':
        await this.#begin(deed.kind);
        return;
      default:
        unreachable(deed);
    }
  }

  /** Ends all that lasts; the table is there and can be recovered. */
  async mendAll(): Promise<void> {
    const { troubles } = this.#world;
    troubles.throttledCalls = 0;
    troubles.limitedCalls = 0;
    troubles.lostAnswers = 0;
    troubles.damageNext = undefined;
    troubles.exportsFailWith = undefined;
    for (const trouble of LASTING) await this.#mend(trouble);
  }

  /** Nobody but us may delete what we did not write. */
  async foreignFilesAreThere(): Promise<void> {
    for (const key of this.#foreign) {
      const found = await this.#world.exportStore.get(key);
      if (found !== undefined && Buffer.from(found.body).equals(FOREIGN)) continue;
      throw new LawBroken(`the foreign file ${key} was deleted or changed`);
    }
  }

  async #begin(trouble: Lasting): Promise<void> {
    const { dynamo, table, troubles, tally, exportStore } = this.#world;
    const { buckets } = dynamo;
    switch (trouble) {
      case 's3-faults':
        troubles.s3Faults = true;
        return;
      case 'bucket-missing':
        buckets.remove(EXPORT_BUCKET);
        tally.add('bucket missing');
        return;
      case 'bucket-denied':
        buckets.create(EXPORT_BUCKET, deniedStore(exportStore));
        tally.add('bucket denied');
        return;
      case 'pitr-off':
        if (await this.#switchPitr(false)) tally.add('recovery off');
        return;
      case 'table-deleted':
        // Somebody's exports cannot end without their bucket, and the local table not without them.
        await this.#mend('bucket-missing');
        await table.remove();
        return;
      default:
        unreachable(trouble);
    }
  }

  async #mend(trouble: Lasting): Promise<void> {
    const { dynamo, table, troubles, exportStore } = this.#world;
    switch (trouble) {
      case 's3-faults':
        troubles.s3Faults = false;
        return;
      case 'bucket-missing':
      case 'bucket-denied':
        dynamo.buckets.create(EXPORT_BUCKET, exportStore);
        return;
      case 'pitr-off':
        await this.#switchPitr(true);
        return;
      case 'table-deleted':
        await table.create(true);
        return;
      default:
        unreachable(trouble);
    }
  }

  async #switchPitr(enabled: boolean): Promise<boolean> {
    const { dynamo, table } = this.#world;
    if (!table.exists) return false;
    await switchPitr(dynamo.client, table.tableName, enabled);
    return true;
  }

  /** Beside the exports of the sync, in a folder as theirs, and where their data may come to lie. */
  async #leaveForeignFiles(): Promise<void> {
    const { exportStore, table, tally } = this.#world;
    const listed: string[] = [];
    for await (const { key } of exportStore.list('')) listed.push(key);
    const folders = new Set(listed.map((key) => key.slice(0, key.lastIndexOf('/'))));
    const keys = [
      `exports/${table.tableName}/AWSDynamoDB/data/foreign.json.gz`,
      ...[...folders].slice(-3).map((folder) => `${folder}/foreign.json.gz`),
    ];
    for (const key of keys) {
      await exportStore.put(key, FOREIGN);
      this.#foreign.add(key);
    }
    tally.add('foreign files');
  }

  /** To the very prefix of an export of ours. */
  async #exportAsSomebodyElse(): Promise<void> {
    const { dynamo, table, troubles, tally } = this.#world;
    const { exportArn } = troubles.asked.at(-1) ?? {};
    if (!table.exists || exportArn === undefined) return;
    const listed: string[] = [];
    for await (const { key } of this.#world.exportStore.list('')) listed.push(key);
    const ours = listed.findLast((key) => key.includes('/AWSDynamoDB/')) ?? 'exports/AWSDynamoDB/';
    try {
      await dynamo.client.send(
        new ExportTableToPointInTimeCommand({
          TableArn: exportArn.replace(/\/export\/.*$/, ''),
          S3Bucket: EXPORT_BUCKET,
          S3Prefix: ours.slice(0, ours.indexOf('/AWSDynamoDB/')),
        }),
      );
      tally.add('foreign export');
    } catch (error) {
      // Recovery is off: nobody can export.
      if (!(error instanceof Error) || !error.name.startsWith('PointInTime')) throw error;
    }
  }
}

/** `store` when a policy denies everything. */
function deniedStore({ url }: ObjectStore): ObjectStore {
  const deny = (): Promise<never> =>
    Promise.reject(
      new TidemarkError(`Access to ${url} is denied.`, {
        code: ErrorCode.AccessDenied,
        subject: url,
      }),
    );
  return {
    url,
    get: deny,
    put: deny,
    putFile: deny,
    delete: deny,
    openRead: deny,
    async *list() {
      await deny();
    },
  };
}
