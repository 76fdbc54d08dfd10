/** Owns signals to other workflows that must arrive: each sent once at a time, and again when refused. */
import {
  ApplicationFailure,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  sleep,
} from '@temporalio/workflow';
import { messageOf } from '../src/core/errors.js';
import { shouldContinueAsNew } from './history-limit.js';

/** A signal on its way. Whoever posts it keeps it until it is delivered, also from run to run. */
export interface Letter {
  /** Tells it from all others of the outbox. */
  readonly key: string;
  readonly workflowId: string;
  readonly signal: string;
  readonly argument: unknown;
  readonly delivered: () => void;
  /** The server says that no such workflow is running. */
  readonly undeliverable: () => void;
}

/** How the SDK says that there is no such workflow, or that it has ended. */
const NOT_FOUND = 'ExternalWorkflowExecutionNotFound';

/** A workflow takes so many signals in one run, and refuses more until it continues as new. */
const RETRY_DELAY = '30 seconds';

/** Sends the letters that `pending` names, as often as it takes. */
export class Outbox {
  readonly #pending: () => readonly Letter[];
  readonly #inHand = new Set<string>();
  #inFlight = 0;

  constructor(pending: () => readonly Letter[]) {
    this.#pending = pending;
  }

  /**
   * Sends what is pending and not in hand. Nothing more once it is time to continue as new: on a
   * busy day there would be no moment without a signal in flight.
   */
  flush(): void {
    if (shouldContinueAsNew()) return;
    for (const letter of this.#pending()) {
      if (!this.#inHand.has(letter.key)) void this.#send(letter);
    }
  }

  /** Whether no answer of the server is awaited, so that the run may end. */
  isIdle(): boolean {
    return this.#inFlight === 0;
  }

  async #send(letter: Letter): Promise<void> {
    this.#inHand.add(letter.key);
    try {
      const outcome = await this.#signal(letter);
      if (outcome === 'refused')
        await sleep(RETRY_DELAY, { summary: `signal ${letter.signal} again` });
      this.#inHand.delete(letter.key);
      if (outcome === 'delivered') letter.delivered();
      else if (outcome === 'undeliverable') letter.undeliverable();
      else this.flush();
    } catch (error) {
      // The workflow itself was cancelled, and is about to end.
      if (!isCancellation(error)) throw error;
    }
  }

  async #signal(letter: Letter): Promise<'delivered' | 'undeliverable' | 'refused'> {
    const { workflowId, signal, argument } = letter;
    this.#inFlight += 1;
    try {
      await getExternalWorkflowHandle(workflowId).signal(signal, argument);
      return 'delivered';
    } catch (error) {
      if (isCancellation(error)) throw error;
      if (error instanceof ApplicationFailure && error.type === NOT_FOUND) return 'undeliverable';
      log.warn(`signal ${signal} to ${workflowId} was refused: ${messageOf(error)}`);
      return 'refused';
    } finally {
      this.#inFlight -= 1;
    }
  }
}
