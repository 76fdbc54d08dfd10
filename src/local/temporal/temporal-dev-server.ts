/** Owns a Temporal development server of our own: one process, one SQLite file, loopback only. */
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { tether, type ProcessEnd, type TetheredProcess } from '../processes/tether.js';

/** How {@link startTemporalDevServer} runs the server. */
export interface TemporalDevServerOptions {
  /** Path of the `temporal` program, as `findTemporal` gives it. */
  readonly program: string;
  /** All state: workflows go on from it after a restart. Its folder is made if need be. */
  readonly databaseFile: string;
  /** Of the gRPC service; 0 takes any free port. */
  readonly port: number;
  /** Of Temporal Web; 0 takes any free port. */
  readonly uiPort: number;
  readonly logFile: string;
  /** Made when it is not there; `default` is there always. */
  readonly namespace: string;
  /** Search attributes by name, registered when they are not yet: `{ TidemarkTable: 'Keyword' }`. */
  readonly searchAttributes?: Readonly<Record<string, SearchAttributeType>>;
  /** The options by which a user moves the two ports, for the hint when one is taken. */
  readonly portOptions?: { readonly port: string; readonly uiPort: string };
}

/** Temporal's types of search attributes. */
export type SearchAttributeType =
  'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList';

/** A server that answers. It ends with this process, whatever ends that. */
export interface TemporalDevServer {
  /** `127.0.0.1:<port>`. */
  readonly address: string;
  /** Temporal Web: `http://127.0.0.1:<port>`. */
  readonly webUrl: string;
  readonly pid: number;
  /** Settles when the server ends, called for or not. */
  readonly exited: Promise<ProcessEnd>;
  stop(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

/**
 * Out of the box this server hands on about twenty tasks a second, which gives every activity and every
 * workflow task some 40 ms of waiting for nothing: 40 steps take 4.0 s with that limit, 0.6 s without.
 */
const UNTHROTTLED = ['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000'];

/** A laptop under load takes some seconds for the first start, which makes the schema. */
const START_TIMEOUT_MS = 60_000;

/** Enough to hold a Go program's panic, whose reason stands above all its stacks. */
const TAIL_LINES = 200;
const SHOWN_LINES = 10;

/**
 * Between our look at a port and the server's use of it, any connection of this machine may be given
 * its number; the server's own inner ports run the same risk. The next try takes others.
 */
const PORT_ATTEMPTS = 5;
const PORT_LOST = /address already in use/;

/**
 * Done when the server answers for `namespace`.
 *
 * @throws TidemarkError PortTaken when a port is held by another process; Unreachable, with the
 * last lines of its log, when the server ends or does not answer within a minute.
 */
export async function startTemporalDevServer(
  options: TemporalDevServerOptions,
): Promise<TemporalDevServer> {
  await mkdir(dirname(options.databaseFile), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const { server, address, webUrl } = await launch(options);
    try {
      await answering(server, address, options.namespace);
    } catch (error) {
      await server.stop(0);
      if (attempt < PORT_ATTEMPTS && PORT_LOST.test(await server.lastLines(TAIL_LINES))) continue;
      throw error;
    }
    const { pid, exited } = server;
    return {
      address,
      webUrl,
      pid,
      exited,
      stop: async () => {
        await server.stop();
      },
    };
  }
}

async function launch({
  program,
  databaseFile,
  logFile,
  namespace,
  searchAttributes = {},
  portOptions: moveBy = { port: '--temporal-port', uiPort: '--ui-port' },
  ...wanted
}: TemporalDevServerOptions): Promise<{
  server: TetheredProcess;
  address: string;
  webUrl: string;
}> {
  const port = await freePort(wanted.port, 'Temporal', moveBy.port);
  const uiPort = await freePort(wanted.uiPort, 'Temporal Web', moveBy.uiPort);
  const flags = {
    '--ip': LOOPBACK,
    '--port': String(port),
    '--ui-ip': LOOPBACK,
    '--ui-port': String(uiPort),
    '--db-filename': databaseFile,
    '--namespace': namespace,
    '--log-level': 'warn',
  };
  const attributes = Object.entries(searchAttributes).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  const server = tether(
    program,
    ['server', 'start-dev', ...Object.entries(flags).flat(), ...attributes, ...UNTHROTTLED],
    { logFile },
  );
  return { server, address: `${LOOPBACK}:${port}`, webUrl: `http://${LOOPBACK}:${uiPort}` };
}

/** The port to use: `wanted` when nobody listens there, any free one for 0. */
async function freePort(wanted: number, service: string, option: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new TidemarkError(`Port ${wanted} for ${service} cannot be used: ${portReason(cause)}.`, {
          code: ErrorCode.PortTaken,
          subject: `${LOOPBACK}:${wanted}`,
          hint: `Stop what holds it, or choose another port with ${option}.`,
          cause,
        }),
      );
    });
    probe.listen(wanted, LOOPBACK, () => {
      const bound = probe.address();
      const port = typeof bound === 'object' && bound !== null ? bound.port : wanted;
      probe.close(() => {
        resolve(port);
      });
    });
  });
}

function portReason({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'another process listens there';
  return code === 'EACCES' ? 'this user may not listen there' : message;
}

/** The server accepts connections before its namespaces are there, so it is asked for one. */
async function answering(
  server: TetheredProcess,
  address: string,
  namespace: string,
): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  let last: unknown;
  while (server.end() === undefined && performance.now() < deadline) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1000 });
      try {
        await connection.workflowService.describeNamespace({ namespace });
        // Another process that took the port in between would answer just as well.
        if (server.end() === undefined) return;
      } finally {
        await connection.close();
      }
    } catch (error) {
      last = error;
      await sleep(100);
    }
  }
  const end = server.end();
  const what =
    end === undefined
      ? 'does not answer after a minute'
      : `ended with ${end.signal ?? `code ${String(end.code)}`}`;
  throw new TidemarkError(
    `The Temporal server at ${address} ${what}. Its last lines:\n${await reason(server)}`,
    {
      code: ErrorCode.Unreachable,
      subject: address,
      hint: `Read its log in ${server.logFile}.`,
      cause: last,
    },
  );
}

/** The last lines of its log, from the panic on where it ended by one. */
async function reason(server: TetheredProcess): Promise<string> {
  const lines = (await server.lastLines(TAIL_LINES)).split('\n');
  const panic = lines.findIndex((line) => /^(panic|fatal error):/.test(line));
  return (panic < 0 ? lines.slice(-SHOWN_LINES) : lines.slice(panic, panic + SHOWN_LINES)).join(
    '\n',
  );
}
