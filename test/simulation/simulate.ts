/** Owns one simulation: carries out a script, and holds what comes of it to the laws. */
import type { WorkflowHandle } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import { instantOfMillis } from '../../src/core/instant.js';
import { AWS_LIMITS } from '../../src/core/service-limits.js';
import type { TableSyncStatus } from '../../src/sync/table-sync-status.js';
import { statusQuery, tableSync } from '../../workflows/table-sync.js';
import { startTestDynamoDb, VirtualClock, type TestDynamoDb } from '../support/local-aws.js';
import { randomOf } from '../support/modelled-table.js';
import { startSync } from '../support/sync-world.js';
import { AwsTroubles } from './aws-troubles.js';
import { Expectations } from './expectations.js';
import type { Lane } from './lane.js';
import { Laws } from './laws.js';
import { LawBroken, SimulatedWorkers } from './simulated-workers.js';
import { SimulatedTable } from './simulated-table.js';
import type { ScriptDeed, SimulationScript } from './simulation-script.js';
import { EXPORT_BUCKET, LAKE_BUCKET } from './simulation-world.js';
import { Tally } from './tally.js';
import { isTrouble, TroubleMaker } from './trouble-maker.js';

const DAY_MS = 24 * 3600 * 1000;
/** How long a call of the sync may hang before the server gives it up: work first, then a call. */
const GIVEN_UP_MS = [20_000, 10_000] as const;
/** Just before that; the rest passes by itself. */
const MARGIN_MS = 150;
/** For so long of real time nothing happens: the server holds its time up for nothing. */
const IDLE_MS = 6000;
/** Steps in which an end is waited for. */
const STEP_MS = 15 * 60 * 1000;
/** Once all is mended, the sync is current within this many steps: a day, to catch up with weeks. */
const STEPS = 96;

/** Runs the script of a seed on `lane`; throws {@link LawBroken} when a law does not hold. */
export async function simulate(lane: Lane, script: SimulationScript): Promise<Tally> {
  const tally = new Tally();
  // A day begins: windows end where the script says, whatever came before on this server.
  const now = await lane.nowMs();
  await lane.sleep(DAY_MS - (now % DAY_MS));
  const startMs = Math.floor((await lane.nowMs()) / DAY_MS) * DAY_MS;
  const clock = new VirtualClock(new Date(startMs - 120_000).toISOString());
  const dynamo = await startTestDynamoDb({ clock });
  try {
    const simulation = new Simulation(lane, script, { dynamo, tally, startMs });
    await simulation.run();
    return tally;
  } finally {
    await dynamo.close();
  }
}

class Simulation {
  readonly #lane: Lane;
  readonly #script: SimulationScript;
  readonly #tally: Tally;
  readonly #startMs: number;
  readonly #table: SimulatedTable;
  readonly #troubles: AwsTroubles;
  readonly #maker: TroubleMaker;
  readonly #workers: SimulatedWorkers;
  readonly #laws: Laws;
  readonly #expectations: Expectations;
  #kill: Extract<ScriptDeed, { kind: 'kill' }> | undefined;
  #handle: WorkflowHandle<typeof tableSync> | undefined;
  #broken: Error | undefined;
  /** Settled while no signal is under way. */
  #answered: Promise<void> = Promise.resolve();

  constructor(
    lane: Lane,
    script: SimulationScript,
    world: { readonly dynamo: TestDynamoDb; readonly tally: Tally; readonly startMs: number },
  ) {
    const { dynamo, tally, startMs } = world;
    this.#lane = lane;
    this.#script = script;
    this.#tally = tally;
    this.#startMs = startMs;
    const exportStore = dynamo.buckets.create(EXPORT_BUCKET);
    const lake = dynamo.buckets.create(LAKE_BUCKET);
    const tableName = `orders-${script.seed}`;
    const startMicros = BigInt(startMs) * 1000n;
    const random = randomOf(script.seed + 7);
    const { settings } = script;
    this.#table = new SimulatedTable(tableName, { dynamo, script, startMicros, tally });
    this.#troubles = new AwsTroubles(dynamo.client, exportStore, random, tally);
    this.#laws = new Laws({
      table: this.#table,
      troubles: this.#troubles,
      lake,
      lakeFormat: settings.lakeFormat,
      tally,
    });
    this.#workers = new SimulatedWorkers({
      dynamo,
      troubles: this.#troubles,
      tally,
      nowMs: () => lane.nowMs(),
      bringTo: (nowMs) => this.#bringTo(nowMs),
      after: (activity, args, result) => this.#after(activity, args, result),
    });
    this.#maker = new TroubleMaker({
      dynamo,
      table: this.#table,
      troubles: this.#troubles,
      exportStore,
      tally,
    });
    this.#expectations = new Expectations(this.#troubles, tally);
  }

  async run(): Promise<void> {
    this.#lane.carryOut = async (info, input) => {
      try {
        return await this.#workers.carryOut(info, input);
      } finally {
        await this.#answered;
      }
    };
    await this.#table.create(this.#script.settings.pitr);
    await this.#start();
    const recoverySeconds = AWS_LIMITS.recoveryPeriodSeconds;
    let before = 0;
    try {
      for (const { at, ...deed } of this.#script.events) {
        await this.#passTimeUntil(this.#startMs + at * 1000);
        const status = await this.#status();
        this.#expectations.observe(status);
        // Only if there was something to lose.
        const gapSeconds = at - before;
        before = at;
        if (gapSeconds > recoverySeconds && status.watermark !== undefined) {
          this.#tally.add('recovery out of reach');
        }
        await this.#carryOut(deed);
      }
      await this.#passTimeUntil(this.#startMs + this.#script.seconds * 1000);
      await this.#mendAll();
      await this.#untilCurrent();
      await this.#stop();
      await this.#laws.lakeIsTable();
      await this.#laws.windowsTile(randomOf(this.#script.seed + 3));
      this.#laws.exportsAreTakenOnce();
      await this.#maker.foreignFilesAreThere();
      if (this.#broken !== undefined) throw this.#broken;
    } finally {
      await this.#workers.letLateReturn();
    }
  }

  async #after(activity: string, args: readonly unknown[], result: unknown): Promise<void> {
    try {
      await this.#laws.after(activity, args, result, await this.#lane.nowMs());
    } catch (error) {
      // The activity's failure would be tried again, and the law forgotten.
      this.#broken ??= error as Error;
    }
  }

  #bringTo(nowMs: number): Promise<void> {
    const skewed = nowMs + this.#script.settings.serviceSkewSeconds * 1000;
    return this.#table.bringTo(BigInt(skewed) * 1000n);
  }

  async #carryOut(deed: ScriptDeed): Promise<void> {
    this.#expectations.begins(deed);
    if (isTrouble(deed)) {
      await this.#bringTo(await this.#lane.nowMs());
      await this.#maker.make(deed);
      return;
    }
    switch (deed.kind) {
      case 'signal':
        await this.#signal(deed.signal);
        return;
      case 'storm':
        this.#tally.add('storm of signals');
        await this.#signal(...deed.signals);
        return;
      case 'stop-and-start':
        this.#tally.add('stop and start');
        await this.#stop();
        await this.#passTimeUntil((await this.#lane.nowMs()) + deed.awaySeconds * 1000);
        await this.#start();
        return;
      case 'kill':
        this.#kill = deed;
        this.#workers.gate.stopAt(deed.atCall);
        return;
      case 'duplicates':
        this.#workers.duplicatesLeft += deed.activities;
        return;
      case 'late':
        this.#workers.late = deed;
        return;
      case 'late-return':
        await this.#workers.letLateReturn();
        return;
      case 'worker-clock':
        this.#workers.skewSeconds = deed.skewSeconds;
        if (deed.skewSeconds !== 0) this.#tally.add('clock a minute off');
    }
  }

  /**
   * The test server cannot take the end of an activity while a workflow task is out that cancels it: it
   * refuses that task, and every later one of the run. So no activity ends before signals are answered.
   */
  async #signal(...signals: readonly ('pause' | 'resume' | 'resync' | 'stop')[]): Promise<void> {
    const handle = this.#running();
    const send = async (): Promise<void> => {
      await Promise.all(signals.map((signal) => handle.signal(signal)));
      // The first answer may come before the task of those that arrived during another one.
      for (let queries = 0; queries < 2; queries += 1) await this.#status();
    };
    const sent = send();
    this.#answered = sent.catch(() => undefined);
    await sent;
    for (const signal of signals) if (signal !== 'stop') this.#tally.add(`signal ${signal}`);
  }

  async #start(): Promise<void> {
    const { view, lakeFormat, batchBytes, windowSeconds, freshnessSeconds, adaptive } =
      this.#script.settings;
    const { tableName } = this.#table;
    this.#handle = await startSync(this.#lane.env, {
      tableName,
      exportBucket: EXPORT_BUCKET,
      lakeBucket: LAKE_BUCKET,
      windowSeconds,
      ...(freshnessSeconds === undefined ? {} : { freshnessSeconds }),
      ...(adaptive === undefined ? {} : { adaptive }),
      view,
      lakeFormat,
      batchBytes,
      // Two looks at an export of five minutes.
      pollSeconds: 300,
    });
  }

  async #stop(): Promise<void> {
    await this.#signal('stop');
    for (let seconds = 1; ; seconds *= 2) {
      const { status } = await this.#running().describe();
      if (status.name === 'COMPLETED') return;
      if (status.name !== 'RUNNING') throw new LawBroken(`the stopped sync is ${status.name}`);
      if (seconds > 24 * 3600) throw new LawBroken('the sync does not stop');
      await this.#passTimeUntil((await this.#lane.nowMs()) + seconds * 1000);
    }
  }

  #running(): WorkflowHandle<typeof tableSync> {
    if (this.#handle === undefined) throw new Error('no sync was started');
    return this.#handle;
  }

  #status(): Promise<TableSyncStatus> {
    return this.#running().query(statusQuery);
  }

  /** Lets time pass; a worker that dies meanwhile is given up, and another one comes. */
  async #passTimeUntil(ms: number): Promise<void> {
    for (;;) {
      if (this.#broken !== undefined) throw this.#broken;
      const left = ms - (await this.#lane.nowMs());
      if (left <= 0) return;
      await this.#untilSlept(this.#lane.sleep(left), ms);
    }
  }

  async #untilSlept(sleeping: Promise<unknown>, ms: number): Promise<void> {
    for (;;) {
      const { taken, gate } = this.#workers;
      const event = await Promise.race([
        sleeping.then(() => 'slept' as const),
        gate.stopped.then(() => 'died' as const),
        delay(IDLE_MS, 'idle' as const, { ref: false }),
      ]);
      if (event === 'slept') return;
      if (event === 'died') await this.#survive();
      else if (this.#workers.inHand === 0 && this.#workers.taken === taken) {
        sleeping = Promise.all([sleeping, this.#lane.liftHold(ms)]);
      }
    }
  }

  /** A worker has stopped at its gate: its work is given up by the server, and taken by another one. */
  async #survive(): Promise<void> {
    const { downSeconds = 0, returns = false } = this.#kill ?? {};
    const { gate } = this.#workers;
    this.#tally.add('worker killed');
    const isAway = downSeconds > 0;
    const isStopped = isAway && this.#lane.mayStop;
    const stopped = isStopped ? this.#lane.stopWorker() : Promise.resolve();
    const goOn = this.#workers.holdUp();
    // What does not stand at the gate yet comes to its end, or to the gate.
    await delay(50);
    for (const ms of GIVEN_UP_MS) {
      await this.#lane.leap(ms - MARGIN_MS);
      const givenUpMs = (await this.#lane.nowMs()) + 2 * MARGIN_MS;
      while ((await this.#lane.nowMs()) < givenUpMs) await delay(20);
    }
    if (isAway) {
      await this.#lane.leap(downSeconds * 1000);
      if (downSeconds >= 3600) this.#tally.add('worker away for hours');
      if (isStopped) await this.#lane.startWorker();
    }
    goOn();
    if (returns && gate.waiting > 0) this.#tally.add('worker returned');
    gate.release(returns ? 'goes-on' : 'dies');
    await stopped;
  }

  async #mendAll(): Promise<void> {
    await this.#bringTo(await this.#lane.nowMs());
    await this.#maker.mendAll();
    this.#workers.skewSeconds = 0;
    this.#workers.late = undefined;
    await this.#workers.letLateReturn();
    this.#expectations.mended();
    await this.#signal('resume');
  }

  /** Never stuck: with nothing wrong any more, a fresh watermark is a matter of time. */
  async #untilCurrent(): Promise<void> {
    const mendedAt = instantOfMillis(await this.#lane.nowMs());
    let status = await this.#status();
    for (let step = 0; step < STEPS; step += 1) {
      if (status.watermark !== undefined && status.watermark >= mendedAt) return;
      await this.#passTimeUntil((await this.#lane.nowMs()) + STEP_MS);
      status = await this.#status();
      // What was found broken may need to be asked for anew, and only a person can say so.
      if (status.parked !== undefined && step % 4 === 3) await this.#signal('resume');
    }
    const { phase, watermark, parked, current, nextEvent } = status;
    throw new LawBroken(
      `the sync is stuck: ${JSON.stringify({ mendedAt, phase, watermark, parked, current, nextEvent })}`,
    );
  }
}
