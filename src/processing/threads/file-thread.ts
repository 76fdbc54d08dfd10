/** Owns the thread that reads data files: it takes a task, asks for bytes, and gives what came of them. */
import { parentPort, type Transferable } from 'node:worker_threads';
import { assert } from '../../core/assert.js';
import { formatTableEvidence, mergeTableEvidence, newTableEvidence } from '../../lake/evidence.js';
import { profileFile, sampleFiles, type OpenFile } from '../scan/scan-file.js';
import {
  receivedError,
  sentError,
  type FromThread,
  type ProfileTask,
  type RunResult,
  type RunTask,
  type ToThread,
} from './thread-messages.js';
import { transferablesOf, writeRun } from './write-run.js';

/** Pieces that are on their way while one is read: each waits for the process's event loop. */
const PIECES_AHEAD = 8;

assert(parentPort !== null, 'a thread is started by a process');
const port = parentPort;
const received: ToThread[] = [];
let onReceived = (): void => undefined;

port.on('message', (message: ToThread) => {
  if (message.type === 'task') void run(message.task);
  else {
    received.push(message);
    onReceived();
  }
});

async function run(task: RunTask): Promise<void> {
  received.length = 0;
  try {
    const result = await resultOf(task);
    send({ type: 'done', result }, typeof result === 'string' ? [] : transferablesOf(result));
  } catch (error) {
    send({ type: 'failed', error: sentError(error) });
  }
}

async function resultOf(task: RunTask): Promise<RunResult> {
  const onRecords = (count: number): void => {
    send({ type: 'records', count });
  };
  const open: OpenFile = (file) => Promise.resolve(bytesOf(task.files.indexOf(file)));
  if (task.kind === 'sample') {
    return formatTableEvidence(await sampleFiles(task.files, open, task));
  }
  return task.kind === 'profile'
    ? await profileRun(task, open, onRecords)
    : await writeRun(task, open, onRecords);
}

async function profileRun(
  { files, format, keyAttributes, unseen }: ProfileTask,
  open: OpenFile,
  onRecords: (count: number) => void,
): Promise<string> {
  const evidence = newTableEvidence();
  for (const file of files) {
    mergeTableEvidence(
      evidence,
      await profileFile(await open(file), file, keyAttributes, format, unseen),
    );
    onRecords(file.itemCount);
  }
  return formatTableEvidence(evidence);
}

async function* bytesOf(index: number): AsyncGenerator<Uint8Array, void, undefined> {
  send({ type: 'open', index });
  for (let ahead = 0; ahead < PIECES_AHEAD; ahead++) send({ type: 'pull' });
  for (;;) {
    const message = await nextReceived();
    if (message.type === 'end') return;
    if (message.type === 'failed') throw receivedError(message.error);
    assert(message.type === 'bytes', 'a file comes in bytes');
    send({ type: 'pull' });
    yield message.bytes;
  }
}

async function nextReceived(): Promise<ToThread> {
  for (;;) {
    const message = received.shift();
    if (message !== undefined) return message;
    await new Promise<void>((resolve) => {
      onReceived = resolve;
    });
  }
}

function send(message: FromThread, transfer: readonly Transferable[] = []): void {
  port.postMessage(message, transfer);
}
