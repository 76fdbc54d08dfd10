/** Owns listening on the loopback and leaving it. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ErrorCode, TidemarkError } from '../../core/errors.js';

/** Resolves to the port it listens on; throws PortTaken when another process holds `port`. */
export async function listenOnLoopback(
  server: Server,
  port: number,
  service: string,
): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw thrown;
    throw new TidemarkError(`Port ${port}, wanted for the local ${service}, is taken.`, {
      code: ErrorCode.PortTaken,
      subject: `127.0.0.1:${port}`,
      hint: 'Stop the process that holds it, or choose another port.',
      cause: thrown,
    });
  }
  return (server.address() as AddressInfo).port;
}

/** Frees the port, breaking off what is under way. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
