/** Owns the state of a workflow that signals change: after each, its page and its letters follow. */
import { defineSignal, log, setCurrentDetails, setHandler } from '@temporalio/workflow';
import { Outbox, type Letter } from './outbox.js';

/** What follows from a state. */
export interface StateFace<State> {
  /** The page in Temporal Web, as markdown. */
  readonly page: (state: State) => string;
  /** All letters that are not yet delivered. */
  readonly letters: (state: State) => readonly Letter[];
}

/** One state, changed step by step. */
export class SignalledState<State> {
  readonly outbox: Outbox;
  readonly #face: StateFace<State>;
  #state: State;

  constructor(state: State, face: StateFace<State>) {
    this.#state = state;
    this.#face = face;
    this.outbox = new Outbox(() => face.letters(this.#state));
  }

  get state(): State {
    return this.#state;
  }

  update(change: (state: State) => State): void {
    this.#state = change(this.#state);
    this.show();
  }

  /** Writes the page, which costs no history event, and sends what is to be sent. */
  show(): void {
    setCurrentDetails(this.#face.page(this.#state));
    this.outbox.flush();
  }

  /**
   * Changes the state at each signal `name`. One that cannot be read is dropped: an error here would
   * stop the workflow for everybody who shares it.
   */
  on<Message>(
    name: string,
    read: (value: unknown) => Message | undefined,
    change: (state: State, message: Message) => State,
  ): void {
    setHandler(defineSignal<[unknown]>(name), (value) => {
      const message = read(value);
      if (message === undefined) log.warn(`signal ${name} cannot be read`, { value });
      else this.update((state) => change(state, message));
    });
  }
}
