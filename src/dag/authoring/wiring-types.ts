/** Owns the compiler's check of wiring: what an upstream delivers must fit what the body takes. */
import type { Arriving, Outcome } from '../outcome.js';
import type { TriggerRule } from '../trigger-rule.js';
import type { MappedRef, OutcomesRef, TaskRef } from './task-ref.js';

/** The inputs of a body that takes none. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- no inputs is what it says
export type NoInputs = {};

type Primitive = string | number | boolean | null | undefined;

/** `Value` as a constant may be written: `const` inference makes every list and object readonly. */
type Constant<Value> = unknown extends Value
  ? Value
  : Value extends Primitive
    ? Value
    : { readonly [Name in keyof Value]: Constant<Value[Name]> };

/** What arrives at a body under `Rule` when `Given` is written for an input. */
type Delivered<Rule extends TriggerRule, Given> =
  Given extends OutcomesRef<infer Item>
    ? Outcome<Item>[]
    : Given extends TaskRef<infer Output>
      ? Arriving<Rule, Output>
      : Given;

/** A compiler's message, never a value: what an upstream delivers is not what the body takes. */
export interface InputDoesNotFit<Name, Rule, Given, Needed> {
  readonly dagError: `input '${Name & string}' does not fit under trigger rule '${Rule & string}'`;
  readonly given: Given;
  readonly needed: Needed;
}

/** A compiler's message, never a value: the body has no such input. */
export interface NoSuchInput<Name, Known> {
  readonly dagError: `the task has no input '${Name & string}'`;
  readonly given: Name;
  readonly needed: Known;
}

/** `Given` itself where it fits, else a message in its place. */
export type Wired<Inputs, Rule extends TriggerRule, Given> = {
  readonly [Name in keyof Given]: Name extends keyof Inputs
    ? [Delivered<Rule, Given[Name]>] extends [Constant<Inputs[Name]>]
      ? Given[Name]
      : InputDoesNotFit<Name, Rule, Delivered<Rule, Given[Name]>, Inputs[Name]>
    : NoSuchInput<Name, keyof Inputs>;
};

type ItemOf<Given> =
  Given extends TaskRef<infer Output>
    ? Output extends readonly (infer Item)[]
      ? Item
      : never
    : Given extends readonly (infer Item)[]
      ? Item
      : never;

/** A compiler's message, never a value: only lists can be mapped over. */
export interface NotAList<Name, Given> {
  readonly dagError: `cannot map over input '${Name & string}': its upstream produces no list`;
  readonly given: Given;
  readonly needed: readonly unknown[];
}

type ProducesList<Given> =
  Given extends TaskRef<infer Output>
    ? Output extends readonly unknown[]
      ? true
      : false
    : Given extends readonly unknown[]
      ? true
      : false;

/** {@link Wired} for the lists of a map; items arrive plain, since a map waits for its lists. */
export type WiredLists<Inputs, Given> = {
  readonly [Name in keyof Given]: Name extends keyof Inputs
    ? ProducesList<Given[Name]> extends true
      ? [ItemOf<Given[Name]>] extends [Constant<Inputs[Name]>]
        ? Given[Name]
        : InputDoesNotFit<Name, 'map', ItemOf<Given[Name]>, Inputs[Name]>
      : NotAList<Name, Given[Name] extends TaskRef<infer Output> ? Output : Given[Name]>
    : NoSuchInput<Name, keyof Inputs>;
};

/** The names of inputs that must be given. */
type Required<Inputs> = {
  [Name in keyof Inputs]-?: NoInputs extends Pick<Inputs, Name> ? never : Name;
}[keyof Inputs];

/** The inputs that must be given and are not. */
export type Missing<Inputs, Given> = {
  readonly [Name in Exclude<Required<Inputs>, keyof Given>]: Inputs[Name & keyof Inputs];
};

type Previous = [never, 0, 1, 2, 3];

/** The parts of `Value` that JSON cannot carry, looked for four levels deep; never when none. */
type NotJson<Value, Depth extends number = 4> = [Depth] extends [never]
  ? never
  : Value extends Primitive
    ? never
    : Value extends
          | bigint
          | symbol
          | ((...parameters: never[]) => unknown)
          | Date
          | ReadonlyMap<unknown, unknown>
          | ReadonlySet<unknown>
          | RegExp
          | Promise<unknown>
      ? Value
      : Value extends readonly (infer Item)[]
        ? NotJson<Item, Previous[Depth]>
        : Value extends object
          ? { [Name in keyof Value]-?: NotJson<Value[Name], Previous[Depth]> }[keyof Value]
          : never;

/** A compiler's message, never a value: an output travels as JSON between machines. */
export interface OutputIsNotJson<Offender> {
  readonly dagError: 'an output travels as JSON, which cannot carry this';
  readonly given: Offender;
  readonly needed: 'string, number, boolean, null, and lists and objects of these';
}

/** Nothing where `Output` can travel as JSON, else a message. */
export type JsonOutput<Output> = 0 extends 1 & Output
  ? unknown
  : [NotJson<Output>] extends [never]
    ? unknown
    : OutputIsNotJson<NotJson<Output>>;

/** A definition: calling it puts the task in the graph and wires its inputs. */
export interface TaskDefinition<
  Inputs,
  Output,
  Rule extends TriggerRule = 'all_success',
  Ref = TaskRef<Output>,
> {
  readonly id: string;
  <const Given extends object = NoInputs>(
    ...inputs: NoInputs extends Inputs
      ? [inputs?: Given & Wired<Inputs, Rule, Given>]
      : [inputs: Given & Wired<Inputs, Rule, Given> & Missing<Inputs, Given>]
  ): Ref;
}

/** How a mapped task runs. */
export interface MapOptions<Item> {
  /** Items that run at once; 16 unless said. */
  readonly maxActive?: number;
  /** The most items there may be; 10,000 unless said. More fail the task. */
  readonly limit?: number;
  /** Runs so many items together in a workflow of their own; for maps of many thousands. */
  readonly shardSize?: number;
  /**
   * Names each item for people, from its inputs: `(a) => a.spec.table`. It may only read inputs
   * and join them in a template literal; it is kept as text, since the graph holds no code.
   */
  readonly key?: (inputs: Item) => string | number;
}

/** A definition that can also run once per item of lists. */
export interface MappableDefinition<
  Inputs,
  Output,
  Rule extends TriggerRule = 'all_success',
> extends TaskDefinition<Inputs, Output, Rule> {
  /** One run for each item; of several lists their cross product, the last one fastest. */
  map<const Given extends object>(
    lists: Given & WiredLists<Inputs, Given> & Missing<Inputs, Given>,
    options?: MapOptions<Inputs>,
  ): MappedRef<Output>;
  /** Gives some inputs the same value for every item. */
  partial<const Given extends object>(
    inputs: Given & Wired<Inputs, Rule, Given>,
  ): Pick<MappableDefinition<Omit<Inputs, keyof Given>, Output, Rule>, 'map'>;
}
