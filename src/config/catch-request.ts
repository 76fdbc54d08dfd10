/** Owns finding out where an AWS client's requests go, with all that environment and profiles say. */

/** Where a request would go; nothing is sent. */
interface ResolvedRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
}

class RequestCaught extends Error {
  readonly url: URL;
  constructor(url: URL) {
    super('the request was caught before it was sent');
    this.url = url;
  }
}

/** A middleware of the SDK's `build` step: the endpoint is known, nothing is signed yet. */
export function catchRequest(): (args: { request: unknown }) => never {
  return ({ request }) => {
    const { protocol, hostname, port } = request as ResolvedRequest;
    throw new RequestCaught(
      new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`),
    );
  };
}

/** Where the request went that {@link catchRequest} caught. */
export async function caughtUrl(sending: Promise<unknown>): Promise<URL> {
  try {
    await sending;
  } catch (error) {
    if (error instanceof RequestCaught) return error.url;
    throw error;
  }
  throw new RequestCaught(new URL('about:blank'));
}

/** Finding out where requests go must work, and be quick, where there are no credentials yet. */
export const NO_CREDENTIALS = { accessKeyId: 'none', secretAccessKey: 'none' };
