/** Owns a child process that answers requests: a line of JSON each way. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What `serve.py` writes. */
interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
  readonly trace?: string;
}

/** A process that lives until it is closed, or this one ends. */
export interface JsonLinesProcess {
  /** NaN when it could not be started. */
  readonly pid: number;
  /** Rejects with the process's own reason, or its last lines when it died. */
  ask(method: string, request: object): Promise<unknown>;
  /** Done when the process has ended; what was asked before is still answered. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: Error) => void;
}

const TAIL_CHARACTERS = 4000;

/** Starts the command; it ends by itself when its stdin does, so it cannot outlive this process. */
export function startJsonLines(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): JsonLinesProcess {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const waiting = new Map<number, Waiting>();
  let asked = 0;
  let stderr = '';
  let death: Error | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-TAIL_CHARACTERS);
  });
  createInterface({ input: child.stdout, crlfDelay: Infinity }).on('line', (line) => {
    const { id, result, error, trace } = JSON.parse(line) as Answer;
    const asker = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asker?.resolve(result);
    else asker?.reject(new Error(`${error}\n${trace ?? ''}`));
  });
  const ended = new Promise<void>((resolve) => {
    const die = (reason: string): void => {
      death ??= new Error(`${command} ${args.join(' ')} ${reason}\n${stderr.trimEnd()}`);
      for (const { reject } of waiting.values()) reject(death);
      waiting.clear();
      resolve();
    };
    child.on('error', (error) => {
      die(`could not be started: ${error.message}`);
    });
    child.on('close', (code, signal) => {
      die(`has ended with ${signal ?? `code ${String(code)}`}.`);
    });
  });
  // Writing to a process that has just died: its end is reported above.
  child.stdin.on('error', () => undefined);

  return {
    pid: child.pid ?? NaN,
    ask: async (method, request) =>
      await new Promise((resolve, reject) => {
        if (death !== undefined) {
          reject(death);
          return;
        }
        const id = asked++;
        waiting.set(id, { resolve, reject });
        child.stdin.write(`${JSON.stringify({ ...request, id, method })}\n`);
      }),
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
