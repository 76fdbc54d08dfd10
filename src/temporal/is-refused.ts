/** Owns finding out at once that no server is on this machine, where asking one takes seconds. */
import { connect } from 'node:net';

/** Whether `address` is a port of this machine that nobody listens on. Elsewhere only asking tells. */
export async function isRefusedHere(address: string): Promise<boolean> {
  const match = /^(localhost|127\.0\.0\.1|\[::1\]):(\d+)$/.exec(address);
  const [, host = '', port] = match ?? [];
  if (port === undefined) return false;
  return new Promise((resolve) => {
    const socket = connect({ host: host.replaceAll(/[[\]]/g, ''), port: Number(port) });
    const end = (isRefused: boolean): void => {
      socket.destroy();
      resolve(isRefused);
    };
    socket.once('connect', () => {
      end(false);
    });
    socket.once('error', () => {
      end(true);
    });
  });
}
