/** Owns TransactWriteItems and TransactGetItems: all or nothing, under one stamp. */
import { createHash } from 'node:crypto';
import type { Item } from '../../export/attribute-value.js';
import type { Clock } from '../clock.js';
import { constraintError, ServiceError, validationError } from '../exports/service-error.js';
import {
  activeTable,
  checkCondition,
  checkItem,
  checkKey,
  getItem,
  itemKey,
  runOperation,
  validateOperation,
  type BatchStep,
  type EngineOperation,
  type Json,
} from './dynalite-engine.js';
import type { ItemWrite, WritePath } from './write-path.js';

/** The kinds of a transaction's members and the single-item operation each is like. */
const OPERATION_OF = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'DeleteItem',
} as const satisfies Record<string, EngineOperation>;
type Kind = keyof typeof OPERATION_OF;

/** Members a transaction may have (APIReference/API_TransactWriteItems.html). */
const MAX_ITEMS = 100;
/** How long a ClientRequestToken stands for the same transaction. */
const TOKEN_LIFE_MICROS = 10n * 60n * 1_000_000n;

interface Member {
  readonly kind: Kind;
  readonly request: Json;
  readonly tableName: string;
  readonly key: string;
  /** Whether the item is wanted back when its condition fails. */
  readonly returnOld: boolean;
}

interface CancellationReason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: Item;
}

interface RememberedToken {
  readonly fingerprint: string;
  readonly result: Promise<Json>;
  readonly micros: bigint;
}

/** The transactional operations on one store. */
export class Transactions {
  readonly #path: WritePath;
  readonly #clock: Clock;
  /** Oldest first. In memory only: after a restart a token counts as new. */
  readonly #tokens = new Map<string, RememberedToken>();

  constructor(path: WritePath, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  /** With a ClientRequestToken seen before: the same answer, and nothing is written again. */
  async write(request: Json): Promise<Json> {
    const token = request['ClientRequestToken'];
    if (typeof token !== 'string') return this.#write(request);
    this.#forgetOldTokens();
    const fingerprint = createHash('sha256')
      .update(JSON.stringify(request['TransactItems']))
      .digest('hex');
    const known = this.#tokens.get(token);
    if (known !== undefined) {
      if (known.fingerprint === fingerprint) return known.result;
      throw new ServiceError(
        'IdempotentParameterMismatchException',
        'Request parameters do not match the parameters of an earlier request with this token',
      );
    }
    const result = this.#write(request);
    this.#tokens.set(token, { fingerprint, result, micros: this.#clock.nowMicros() });
    // What failed changed nothing, so the same token may try again.
    result.catch(() => this.#tokens.delete(token));
    return result;
  }

  /** All items as of one moment. */
  async get(request: Json): Promise<Json> {
    const { store } = this.#path;
    const members = await Promise.all(
      membersOf(request).map(async (entry) => {
        const given = objectIn(entry, 'Get');
        const get = validateOperation('GetItem', structuredClone(given), store);
        const tableName = String(get['TableName']);
        const table = await activeTable(store, tableName);
        checkKey(get['Key'] as Item, table);
        return { get, tableName, key: itemKey(get['Key'] as Item, table) };
      }),
    );
    checkDistinct(members);
    return this.#locked(members, async () => {
      const answers = await Promise.all(
        members.map(({ get }) => runOperation('GetItem', get, store)),
      );
      return { Responses: answers.map(({ Item }) => (Item === undefined ? {} : { Item })) };
    });
  }

  async #write(request: Json): Promise<Json> {
    const entries = membersOf(request);
    const members = await Promise.all(entries.map((entry) => this.#readMember(entry)));
    checkDistinct(members);
    return this.#locked(members, async () => {
      const writes: ItemWrite[] = [];
      const indexSteps: BatchStep[] = [];
      const reasons: CancellationReason[] = [];
      for (const member of members) reasons.push(await this.#stage(member, writes, indexSteps));
      if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
      await this.#path.commit(writes, indexSteps);
      return {};
    });
  }

  async #readMember(entry: Json): Promise<Member> {
    const kinds = Object.keys(entry).filter((name) => entry[name] !== undefined);
    const [kind] = kinds;
    if (kind === undefined || kinds.length > 1 || !(kind in OPERATION_OF)) {
      throw validationError('TransactItems can only contain one of Check, Put, Update or Delete');
    }
    const given = objectIn(entry, kind);
    const operation = OPERATION_OF[kind as Kind];
    const { store } = this.#path;
    // Validation deletes members that the single-item operations do not have.
    const request = validateOperation(operation, structuredClone(given), store);
    const tableName = String(request['TableName']);
    const table = await activeTable(store, tableName);
    const keySource = (request['Item'] ?? request['Key']) as Item;
    if (kind === 'Put') checkItem(keySource, table);
    else checkKey(keySource, table);
    return {
      kind: kind as Kind,
      request,
      tableName,
      key: itemKey(keySource, table),
      returnOld: given['ReturnValuesOnConditionCheckFailure'] === 'ALL_OLD',
    };
  }

  /** Runs a member against the store as it is; what it would write is collected. */
  async #stage(
    member: Member,
    writes: ItemWrite[],
    indexSteps: BatchStep[],
  ): Promise<CancellationReason> {
    const { kind, request, tableName, key } = member;
    const current = await getItem(this.#path.store.getItemDb(tableName), key);
    try {
      if (kind === 'ConditionCheck') checkCondition(request, current);
      else {
        const view = this.#path.stagingView(writes, indexSteps);
        await runOperation(OPERATION_OF[kind], request, view);
      }
      return { Code: 'None' };
    } catch (thrown) {
      if (!(thrown instanceof ServiceError)) throw thrown;
      const reason = { Code: reasonCode(thrown.type), Message: thrown.message };
      const wanted = member.returnOld && reason.Code === 'ConditionalCheckFailed';
      return wanted && current !== undefined ? { ...reason, Item: current } : reason;
    }
  }

  /** Tables one after another in order of name, so that no two transactions wait in a circle. */
  async #locked<T>(
    members: readonly { readonly tableName: string; readonly key: string }[],
    work: () => Promise<T>,
  ): Promise<T> {
    const tableNames = [...new Set(members.map(({ tableName }) => tableName))].sort();
    const releases: (() => void)[] = [];
    try {
      for (const tableName of tableNames) {
        const keys = members.filter((member) => member.tableName === tableName).map(keyOf);
        releases.push(await this.#lock(tableName, keys));
      }
      return await work();
    } finally {
      for (const release of releases) release();
    }
  }

  #lock(tableName: string, keys: readonly string[]): Promise<() => void> {
    const items = this.#path.store.getItemDb(tableName);
    return new Promise((resolve) => {
      items.lock(keys, (release) => {
        resolve(release(() => undefined));
      });
    });
  }

  #forgetOldTokens(): void {
    const oldest = this.#clock.nowMicros() - TOKEN_LIFE_MICROS;
    for (const [token, { micros }] of this.#tokens) {
      if (micros > oldest) return;
      this.#tokens.delete(token);
    }
  }
}

function membersOf(request: Json): readonly Json[] {
  const items = request['TransactItems'];
  if (!Array.isArray(items) || items.length === 0 || items.length > MAX_ITEMS) {
    const bound = Array.isArray(items) && items.length > MAX_ITEMS ? 'less' : 'greater';
    const limit = bound === 'less' ? MAX_ITEMS : 1;
    throw constraintError(
      JSON.stringify(items ?? null),
      'transactItems',
      `have length ${bound} than or equal to ${limit}`,
    );
  }
  return (items as unknown[]).map((item) =>
    typeof item === 'object' && item ? (item as Json) : {},
  );
}

/** A member of a transaction's member, which must be there. */
function objectIn(entry: Json, name: string): Json {
  const value = entry[name];
  if (typeof value === 'object' && value !== null) return value as Json;
  throw constraintError('null', `transactItems.1.member.${name.toLowerCase()}`, 'not be null');
}

function checkDistinct(
  members: readonly { readonly tableName: string; readonly key: string }[],
): void {
  const seen = new Set(members.map(({ tableName, key }) => `${tableName}~${key}`));
  if (seen.size === members.length) return;
  throw validationError('Transaction request cannot include multiple operations on one item');
}

function cancelled(reasons: readonly CancellationReason[]): ServiceError {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new ServiceError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { CancellationReasons: reasons },
  );
}

function reasonCode(type: string): string {
  return type === 'ValidationException' ? 'ValidationError' : type.replace(/Exception$/, '');
}

function keyOf(member: { readonly key: string }): string {
  return member.key;
}
