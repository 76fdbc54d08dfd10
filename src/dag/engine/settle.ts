/** Owns looking at waiting tasks until none of them can move: rules, branches, setups, the past. */
import { evaluateRule, type Verdict } from '../trigger-rule.js';
import { endTask } from './end-task.js';
import { expandMapped } from './expand-map.js';
import { findPlace, placeOf, reach } from './graph-index.js';
import type { RunDraft } from './run-draft.js';
import { isEnd } from './run-state.js';

/** Looks at every task marked for it, and at those that follow, until all is quiet. */
export function settle(draft: RunDraft): void {
  for (;;) {
    const place = draft.nextToEvaluate();
    if (place === undefined) return;
    if (draft.run(place).state === 'waiting') evaluate(draft, place);
  }
}

/** Skips what a branch or short-circuit that just succeeded rules out beyond its direct downstream. */
export function skipBeyond(draft: RunDraft, place: number): void {
  const { decision } = draft.run(place);
  const shut = decision !== undefined && 'passed' in decision && !decision.passed;
  if (!shut || draft.node(place).ignoreDownstreamTriggerRules !== true) return;
  const reason = `short-circuited by ${draft.node(place).id}`;
  for (const later of reach(draft.index.downstream, [place])) {
    const waits = draft.run(later).state === 'waiting';
    if (waits && draft.node(later).kind !== 'teardown')
      endTask(draft, later, 'skipped', { reason });
  }
}

function evaluate(draft: RunDraft, place: number): void {
  const isTeardown = draft.node(place).kind === 'teardown';
  if (draft.cancelling && !isTeardown) {
    endTask(draft, place, 'skipped', { reason: 'the run was cancelled' });
    return;
  }
  const decider = (draft.index.decidersOf[place] ?? []).find((other) =>
    rulesOut(draft, other, place),
  );
  if (decider !== undefined) {
    endTask(draft, place, 'skipped', { reason: `not chosen by ${draft.node(decider).id}` });
    return;
  }
  const verdicts = [
    mapVerdict(draft, place),
    setupVerdict(draft, place),
    evaluateRule(draft.node(place).triggerRule, draft.run(place).tally),
  ];
  const end = verdicts.find((verdict) => verdict === 'upstream_failed' || verdict === 'skipped');
  if (end === 'upstream_failed' || end === 'skipped') {
    endTask(draft, place, end);
    return;
  }
  if (verdicts.includes('wait') || !scopeDone(draft, place) || blockedByPast(draft, place)) return;
  makeReady(draft, place);
}

function makeReady(draft: RunDraft, place: number): void {
  if (draft.node(place).map !== undefined) {
    expandMapped(draft, place);
    return;
  }
  const attempt = draft.run(place).attempt + 1;
  draft.change(place, {
    state: 'ready',
    attempt,
    lastAttempt: attempt + draft.node(place).retries,
  });
  draft.addReady(place);
}

/** Whether the branch or short-circuit `decider` has succeeded and does not lead to `place`. */
function rulesOut(draft: RunDraft, decider: number, place: number): boolean {
  const { decision, state } = draft.run(decider);
  if (decision === undefined || state !== 'success') return false;
  if ('passed' in decision) return !decision.passed && draft.node(place).kind !== 'teardown';
  const chosen = decision.leadsTo.map((id) => placeOf(draft.index.graph, id));
  return !chosen.includes(place) && !reach(draft.index.downstream, chosen).has(place);
}

/** What the lists a task is mapped over allow, whatever its trigger rule says. */
function mapVerdict(draft: RunDraft, place: number): Verdict {
  let verdict: Verdict = 'run';
  for (const { source } of draft.node(place).map?.over ?? []) {
    if (source.kind === 'value') continue;
    const from = findPlace(draft.index.graph, source.from);
    // A shard holds only its mapped task: the lists were there before it began.
    if (from === undefined) continue;
    const { state, items } = draft.run(from);
    if (state === 'failed' || state === 'upstream_failed') {
      if (items === undefined) return 'upstream_failed';
    } else if (state === 'skipped') verdict = 'skipped';
    else if (!isEnd(state) && verdict === 'run') verdict = 'wait';
  }
  return verdict;
}

/**
 * What the setups around a task allow: all must succeed, even under a rule that would not mind, and
 * a failure or skip is passed on at once. A task under `always` does not ask.
 */
function setupVerdict(draft: RunDraft, place: number): Verdict {
  if (draft.node(place).triggerRule === 'always') return 'run';
  const states = (draft.index.setupsOf[place] ?? []).map((setup) => draft.run(setup).state);
  if (states.some((state) => state === 'failed' || state === 'upstream_failed')) {
    return 'upstream_failed';
  }
  if (states.includes('skipped')) return 'skipped';
  return states.every((state) => state === 'success') ? 'run' : 'wait';
}

function scopeDone(draft: RunDraft, place: number): boolean {
  return (draft.index.scopeOf[place] ?? []).every((other) => isEnd(draft.run(other).state));
}

function blockedByPast(draft: RunDraft, place: number): boolean {
  const { dependsOnPast, id } = draft.node(place);
  if (!dependsOnPast || !Object.hasOwn(draft.previous, id)) return false;
  const past = draft.previous[id];
  return past !== 'success' && past !== 'skipped';
}
