/** Owns what goes wrong at AWS in a simulation: refusals, lost answers, dead and damaged exports. */
import {
  DescribeExportCommand,
  ExportTableToPointInTimeCommand,
  type DescribeExportCommandOutput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import { faultyObjectStore } from '../support/faulty-object-store.js';
import { damageExport } from './damage-export.js';
import type { Damage, FailureCode } from './simulation-script.js';
import type { Tally } from './tally.js';
import type { WorkerGate } from './worker-gate.js';

/** One fault in so many calls, while S3 has its troubles. */
const S3_FAULT_ONE_IN = 6;

type Random = (below: number) => number;

/** The export that a client token stands for. */
export interface AskedExport {
  readonly token: string;
  readonly exportArn: string;
}

/** Switched on and off by the script; every worker's calls go through it. */
export class AwsTroubles {
  throttledCalls = 0;
  limitedCalls = 0;
  lostAnswers = 0;
  s3Faults = false;
  exportsFailWith: FailureCode | undefined;
  damageNext: Damage | undefined;
  /** By ARN: why it is of no use. A dead export stays dead. */
  readonly dead = new Map<string, FailureCode | Damage>();
  /** In the order in which they were answered. */
  readonly asked: AskedExport[] = [];
  readonly #client: DynamoDBClient;
  readonly #exportStore: ObjectStore;
  readonly #random: Random;
  readonly #tally: Tally;
  /** Exports seen COMPLETED, whose fate is settled. */
  readonly #settled = new Set<string>();

  constructor(client: DynamoDBClient, exportStore: ObjectStore, random: Random, tally: Tally) {
    this.#client = client;
    this.#exportStore = exportStore;
    this.#random = random;
    this.#tally = tally;
  }

  /** The client of a worker behind `gate`. */
  clientFor(gate: WorkerGate): DynamoDBClient {
    const send = async (command: { readonly input: unknown }): Promise<unknown> => {
      await gate.pass();
      this.#refuse(command);
      const answer = await this.#client.send(command as never);
      const told = await this.#told(command, answer);
      if (this.lostAnswers > 0) {
        this.lostAnswers -= 1;
        this.#tally.add('answer lost');
        throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
      }
      await gate.pass();
      return told;
    };
    return { send } as unknown as DynamoDBClient;
  }

  /** `store` with S3's troubles, while there are some. */
  troubled(store: ObjectStore): ObjectStore {
    const faulty = faultyObjectStore(store, this.#random, S3_FAULT_ONE_IN);
    const now = (): ObjectStore => (this.s3Faults ? faulty : store);
    const counted = <Result>(result: Promise<Result>): Promise<Result> => {
      if (this.s3Faults) {
        result.catch((error: unknown) => {
          if (error instanceof TidemarkError && error.code === ErrorCode.Unreachable) {
            this.#tally.add('S3 fault');
          }
        });
      }
      return result;
    };
    return {
      url: store.url,
      get: (key) => counted(now().get(key)),
      put: (key, body, condition) => counted(now().put(key, body, condition)),
      putFile: (key, path) => counted(now().putFile(key, path)),
      delete: (keys) => counted(now().delete(keys)),
      openRead: (key) => counted(now().openRead(key)),
      list: (prefix, options) => now().list(prefix, options),
    };
  }

  #refuse(command: object): void {
    const refuse = (name: string, message: string): never => {
      throw Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
    };
    if (this.throttledCalls > 0) {
      this.throttledCalls -= 1;
      this.#tally.add('call throttled');
      refuse('ThrottlingException', 'Rate exceeded');
    }
    if (this.limitedCalls > 0 && command instanceof ExportTableToPointInTimeCommand) {
      this.limitedCalls -= 1;
      this.#tally.add('limit exceeded');
      refuse('LimitExceededException', 'Subscriber limit exceeded: 300 exports at once');
    }
  }

  async #told(command: object, answer: unknown): Promise<unknown> {
    if (command instanceof ExportTableToPointInTimeCommand) {
      const { ExportDescription } = answer as DescribeExportCommandOutput;
      const token = String(command.input.ClientToken);
      this.asked.push({ token, exportArn: String(ExportDescription?.ExportArn) });
    }
    if (!(command instanceof DescribeExportCommand)) return answer;
    return this.#fate(answer as DescribeExportCommandOutput);
  }

  /** What becomes of an export is settled when its end is first looked at. */
  async #fate(answer: DescribeExportCommandOutput): Promise<DescribeExportCommandOutput> {
    const { ExportArn: arn = '', ExportStatus, ExportManifest } = answer.ExportDescription ?? {};
    if (ExportStatus === 'FAILED') {
      const code = String(answer.ExportDescription?.FailureCode) as FailureCode;
      this.#count(code, arn);
      return answer;
    }
    if (ExportStatus !== 'COMPLETED') return answer;
    if (!this.#settled.has(arn)) {
      this.#settled.add(arn);
      if (this.exportsFailWith !== undefined) this.#count(this.exportsFailWith, arn);
      else if (this.damageNext !== undefined && ExportManifest !== undefined) {
        const part = this.damageNext;
        this.damageNext = undefined;
        await damageExport(this.#exportStore, ExportManifest, part);
        this.dead.set(arn, part);
        this.#tally.add(`damaged ${part}`);
      }
    }
    const fate = this.dead.get(arn);
    if (fate === undefined || !this.#failed.has(arn)) return answer;
    const { ExportManifest: _none, ...description } = answer.ExportDescription ?? {};
    return {
      ...answer,
      ExportDescription: {
        ...description,
        ExportStatus: 'FAILED',
        FailureCode: fate,
        FailureMessage: `Simulated (Service: Amazon S3; Error Code: ${fate})`,
      },
    };
  }

  readonly #failed = new Set<string>();

  #count(code: FailureCode, arn: string): void {
    if (this.#failed.has(arn)) return;
    this.#failed.add(arn);
    this.dead.set(arn, code);
    this.#tally.add(`FAILED ${code}`);
  }
}
