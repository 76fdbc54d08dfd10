/** Owns a REST catalog's answers as a test writes them down, for what no real server is made to say. */

/** A request as it went out. */
interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Answer = (request: SentRequest) => Response | Promise<Response>;

export interface ScriptedWorld {
  readonly world: { readonly fetch: typeof fetch; readonly sleep: (ms: number) => Promise<void> };
  /** All requests but those for the configuration. */
  readonly sent: SentRequest[];
  /** The pauses made, in milliseconds. */
  readonly pauses: number[];
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers });
}

/** An answer of the protocol's ErrorModel. */
export function refusal(status: number, message: string): Response {
  return json({ error: { message, type: 'SomeException', code: status } }, status);
}

/** Answers the configuration with `config`, and everything else with `answer`. */
export function scriptedWorld(
  answer: Answer,
  config: Answer = () => json({ defaults: {}, overrides: {} }),
): ScriptedWorld {
  const sent: SentRequest[] = [];
  const pauses: number[] = [];
  return {
    sent,
    pauses,
    world: {
      fetch: async (input, init) => {
        const { method, url, headers, body } = { ...init, url: input as string };
        const request = {
          method: method ?? 'GET',
          url,
          headers: headers as Record<string, string>,
          body: typeof body === 'string' ? body : '',
        };
        if (/\/v1\/config(\?|$)/.test(url)) return await config(request);
        sent.push(request);
        return await answer(request);
      },
      sleep: (ms) => {
        pauses.push(ms);
        return Promise.resolve();
      },
    },
  };
}
