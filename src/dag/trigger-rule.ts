/** Owns the trigger rules: when a task may run, by the states of its direct upstreams. */

/** Every rule, by Airflow's own names. */
export const TriggerRule = {
  /** All upstreams succeeded. */
  AllSuccess: 'all_success',
  /** All upstreams failed or were upstream_failed. */
  AllFailed: 'all_failed',
  /** All upstreams ended, whichever way. */
  AllDone: 'all_done',
  /** All upstreams were skipped. */
  AllSkipped: 'all_skipped',
  /** At least one succeeded; does not wait for the others. */
  OneSuccess: 'one_success',
  /** At least one failed or was upstream_failed; does not wait for the others. */
  OneFailed: 'one_failed',
  /** At least one succeeded or failed; does not wait for the others. */
  OneDone: 'one_done',
  /** None failed: each succeeded or was skipped. */
  NoneFailed: 'none_failed',
  /** None failed and at least one succeeded. */
  NoneFailedMinOneSuccess: 'none_failed_min_one_success',
  /** All ended and none was skipped. */
  NoneSkipped: 'none_skipped',
  /** All ended, none was skipped and at least one succeeded. */
  AllDoneMinOneSuccess: 'all_done_min_one_success',
  /** At once, whatever the upstreams do. */
  Always: 'always',
  /** The rule of teardowns: all ended and at least one setup succeeded. */
  AllDoneSetupSuccess: 'all_done_setup_success',
} as const;
/** One of {@link TriggerRule}'s values. */
export type TriggerRule = (typeof TriggerRule)[keyof typeof TriggerRule];

/** The rules a task may ask for; {@link TriggerRule.AllDoneSetupSuccess} belongs to teardowns. */
export type TaskTriggerRule = Exclude<TriggerRule, 'all_done_setup_success'>;

/** How many direct upstreams there are and how those that ended did; a mapped one counts by item. */
export interface UpstreamTally {
  readonly total: number;
  readonly success: number;
  readonly skipped: number;
  readonly failed: number;
  readonly upstreamFailed: number;
  /** Setups among the upstreams, and how they ended. */
  readonly setups: number;
  readonly setupsSuccess: number;
  readonly setupsSkipped: number;
}

/** What a rule says of a tally: run, wait for more, or end without running. */
export type Verdict = 'run' | 'wait' | 'skipped' | 'upstream_failed';

/**
 * What `rule` makes of `tally`, as soon as it is certain.
 *
 * The order of the tests in each case is Airflow's (airflow/ti_deps/deps/trigger_rule_dep.py,
 * 3.3): with a failure and a skip at once, the failure decides.
 */
export function evaluateRule(rule: TriggerRule, tally: UpstreamTally): Verdict {
  if (tally.total === 0) return 'run';
  const { total, success, skipped } = tally;
  const failures = tally.failed + tally.upstreamFailed;
  const done = success + skipped + failures;
  switch (rule) {
    case 'always':
      return 'run';
    case 'all_success':
      return failures > 0 ? 'upstream_failed' : skipped > 0 ? 'skipped' : when(success === total);
    case 'all_failed':
      return success + skipped > 0 ? 'skipped' : when(failures === total);
    case 'all_done':
      return when(done === total);
    case 'all_skipped':
      return success + failures > 0 ? 'skipped' : when(skipped === total);
    case 'one_success':
      if (success > 0) return 'run';
      return done < total ? 'wait' : skipped === total ? 'skipped' : 'upstream_failed';
    case 'one_failed':
      return failures > 0 ? 'run' : done < total ? 'wait' : 'skipped';
    case 'one_done':
      return success + tally.failed > 0 ? 'run' : done < total ? 'wait' : 'skipped';
    case 'none_failed':
      return failures > 0 ? 'upstream_failed' : when(done === total);
    case 'none_failed_min_one_success':
      if (failures > 0) return 'upstream_failed';
      return skipped === total ? 'skipped' : when(done === total);
    case 'none_skipped':
      return skipped > 0 ? 'skipped' : when(done === total);
    case 'all_done_min_one_success':
      if (skipped > 0) return 'skipped';
      return done < total ? 'wait' : success > 0 ? 'run' : 'upstream_failed';
    case 'all_done_setup_success':
      return teardownVerdict(tally, done);
  }
}

function teardownVerdict(tally: UpstreamTally, done: number): Verdict {
  if (done < tally.total) return 'wait';
  if (tally.setups === 0 || tally.setupsSuccess > 0) return 'run';
  return tally.setupsSkipped === tally.setups ? 'skipped' : 'upstream_failed';
}

function when(holds: boolean): Verdict {
  return holds ? 'run' : 'wait';
}
