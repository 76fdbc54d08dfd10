/** Owns the threads of this process that read data files: one task each, as many as there are cores. */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import type { BatchSource } from '../../lake/lake.js';
import {
  receivedError,
  sentError,
  type FromThread,
  type RunResult,
  type RunTask,
  type RunTasks,
  type ToThread,
} from './thread-messages.js';
import { startThread } from './thread-entry.js';

/** Threads that have nothing to do keep their memory no longer than this. */
const IDLE_MS = 10_000;

interface Waiting {
  readonly task: RunTask;
  readonly source: BatchSource;
  readonly resolve: (result: RunResult) => void;
  readonly reject: (error: unknown) => void;
}

const live = new Set<Worker>();
/** Of the live ones, those without a task, and when they are ended. */
const idle = new Map<Worker, NodeJS.Timeout>();
const waiting: Waiting[] = [];

/**
 * Has a thread do `task`, whose files `source` opens here. It waits for its turn while all threads
 * are busy. Fails as reading here would: with what the source or its `onRecords` threw, or with the
 * TidemarkError of the thread.
 */
export function runInThread<K extends keyof RunTasks>(
  kind: K,
  task: Omit<RunTasks[K]['task'], 'kind'>,
  source: BatchSource,
): Promise<RunTasks[K]['result']> {
  return new Promise<RunResult>((resolve, reject) => {
    waiting.push({ task: { kind, ...task } as RunTask, source, resolve, reject });
    startNext();
  });
}

function startNext(): void {
  if (waiting.length === 0) return;
  const worker = idleThread() ?? newThread();
  const next = worker && waiting.shift();
  if (worker !== undefined && next !== undefined) void runTask(worker, next);
}

function idleThread(): Worker | undefined {
  for (const [worker, timer] of idle) {
    clearTimeout(timer);
    idle.delete(worker);
    return worker;
  }
  return undefined;
}

function newThread(): Worker | undefined {
  if (live.size >= availableParallelism()) return undefined;
  const worker = startThread();
  live.add(worker);
  // An error ends the thread, and whoever has a task there hears of it too.
  worker
    .on('error', () => undefined)
    .on('exit', () => {
      live.delete(worker);
      clearTimeout(idle.get(worker));
      idle.delete(worker);
      startNext();
    });
  return worker;
}

async function runTask(worker: Worker, { task, source, resolve, reject }: Waiting): Promise<void> {
  worker.ref();
  try {
    resolve(await resultOf(worker, task, source));
  } catch (error) {
    reject(error);
  }
  worker.unref();
  if (live.has(worker)) {
    const timer = setTimeout(() => void worker.terminate(), IDLE_MS);
    idle.set(worker, timer.unref());
  }
  startNext();
}

/** Settled once the thread has nothing to do with the task any more. */
async function resultOf(worker: Worker, task: RunTask, source: BatchSource): Promise<RunResult> {
  const feeder = new FileFeeder(worker, task, source);
  const last = lastWord(worker, feeder);
  worker.postMessage({ type: 'task', task } satisfies ToThread);
  const word = await last;
  await feeder.close();
  if (feeder.failure !== undefined) throw feeder.failure.error;
  if (word.type === 'failed') throw word.error;
  return word.result;
}

type LastWord =
  | { readonly type: 'done'; readonly result: RunResult }
  | { readonly type: 'failed'; readonly error: unknown };

/** Feeds the thread until it is done, has failed, or has died. */
function lastWord(worker: Worker, feeder: FileFeeder): Promise<LastWord> {
  return new Promise((resolve) => {
    let cause: unknown;
    const end = (word: LastWord): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      resolve(word);
    };
    const onMessage = (message: FromThread): void => {
      if (message.type === 'open') feeder.open(message.index);
      else if (message.type === 'pull') feeder.pull();
      else if (message.type === 'records') feeder.records(message.count);
      else if (message.type === 'done') end(message);
      else end({ type: 'failed', error: receivedError(message.error) });
    };
    const onError = (error: unknown): void => {
      cause = error;
    };
    const onExit = (code: number): void => {
      end({
        type: 'failed',
        error: cause ?? new Error(`A thread has ended with code ${String(code)}.`),
      });
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}

/** Feeds a thread with the bytes of one file after the other, a piece for each time it asks. */
class FileFeeder {
  readonly #worker: Worker;
  readonly #task: RunTask;
  readonly #source: BatchSource;
  /** What was asked for is done in its order. */
  #last: Promise<void> = Promise.resolve();
  #pieces: AsyncIterator<Uint8Array> | undefined;
  /** What went wrong here; the thread is told, and ends the task. */
  failure: { readonly error: unknown } | undefined;

  constructor(worker: Worker, task: RunTask, source: BatchSource) {
    this.#worker = worker;
    this.#task = task;
    this.#source = source;
  }

  open(index: number): void {
    this.#do(async () => {
      const file = this.#task.files[index];
      if (file === undefined) return;
      const body = await this.#source.open(file);
      this.#pieces = body[Symbol.asyncIterator]();
    });
  }

  pull(): void {
    this.#do(async () => {
      if (this.#pieces === undefined) return;
      // Lets whoever watches the work end it in the middle of a file.
      this.#source.onRecords(0);
      const next = await this.#pieces.next();
      if (next.done === true) {
        this.#pieces = undefined;
        this.#send({ type: 'end' });
        return;
      }
      // A copy of its own: a piece may be a part of memory that others have parts of.
      const bytes = Uint8Array.from(next.value);
      this.#send({ type: 'bytes', bytes }, [bytes.buffer]);
    });
  }

  records(count: number): void {
    this.#do(() => {
      this.#source.onRecords(count);
    });
  }

  /** Lets go of a file that was not read to its end. */
  async close(): Promise<void> {
    await this.#last;
    await this.#pieces?.return?.().catch(() => undefined);
  }

  #do(what: () => void | Promise<void>): void {
    this.#last = this.#last.then(async () => {
      if (this.failure !== undefined) return;
      try {
        await what();
      } catch (error) {
        this.failure = { error };
        this.#send({ type: 'failed', error: sentError(error) });
      }
    });
  }

  #send(message: ToThread, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}
