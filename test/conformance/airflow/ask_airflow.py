"""Asks Airflow itself what it decides, and writes the answers as JSON to the file named first.

One process answers everything. The evaluator, the tasks, their graph walks and the timetables are
Airflow's own; only the database is left out: task instances are plain records with a state.
"""

import itertools
import json
import sys
from datetime import datetime, timezone
from types import SimpleNamespace

import pendulum

from airflow import __version__
from airflow.models.dagrun import DagRun
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from airflow.task.trigger_rule import TriggerRule
from airflow.ti_deps.deps.trigger_rule_dep import TriggerRuleDep
from airflow.timetables.interval import CronDataIntervalTimetable
from airflow.utils.state import TaskInstanceState

STATES = [None, "success", "failed", "skipped", "upstream_failed"]
MOST_PARENTS = 4


class Instance:
    """A task instance as the evaluator sees it, with no database behind."""

    def __init__(self, task, state=None):
        self.task, self.task_id, self.dag_id, self.run_id = task, task.task_id, "d", "r"
        self.map_index, self.state = -1, state and TaskInstanceState(state)

    def set_state(self, state, session=None):
        self.state = state
        return True

    def get_dagrun(self, session=None):
        return None


def context(instances):
    return SimpleNamespace(
        flag_upstream_failed=True,
        wait_for_past_depends_before_skipping=False,
        have_changed_ti_states=False,
        upstream_task_id_counts={},
        ensure_finished_tis=lambda run, session: [one for one in instances if one.state],
    )


def verdict(task, states):
    """run, wait, skipped or upstream_failed, as the scheduler would take it."""
    one = Instance(task)
    others = [Instance(task.dag.get_task(name), state) for name, state in states.items()]
    dep = TriggerRuleDep()
    statuses = list(dep._get_dep_statuses(ti=one, dep_context=context(others), session=None))
    if one.state is not None:
        return str(one.state.value)
    return "run" if all(status.passed for status in statuses) else "wait"


def operator(name, **options):
    # Serialized operators, which the scheduler evaluates, know whether they are mapped; ours are not.
    task = EmptyOperator(task_id=name, **options)
    object.__setattr__(task, "get_needs_expansion", lambda: False)
    return task


def direct_rules():
    """Every rule on every combination of states of up to four parents."""
    for rule in sorted(rule.value for rule in TriggerRule.all_triggers()):
        teardown = rule == "all_done_setup_success"
        for parents in range(MOST_PARENTS + 1):
            for setups in range(parents + 1) if teardown else [0]:
                with DAG("d", schedule=None):
                    ups = [operator(f"p{n}") for n in range(parents)]
                    for up in ups[:setups]:
                        up.as_setup()
                    task = operator("x") if teardown else operator("x", trigger_rule=rule)
                    if ups:
                        ups >> task
                    if teardown:
                        task.as_teardown()
                for states in itertools.product(STATES, repeat=parents):
                    named = {f"p{n}": state for n, state in enumerate(states)}
                    yield [rule, setups, list(states), verdict(task, named)]


def around_setups():
    """Every rule on a task two steps after a setup, and the teardown after it."""
    for rule in sorted(rule.value for rule in TriggerRule.all_triggers()):
        if rule == "all_done_setup_success":
            continue
        with DAG("d", schedule=None):
            setup, work = operator("s").as_setup(), operator("w")
            task, end = operator("x", trigger_rule=rule), operator("t")
            setup >> work >> task >> end
            setup >> end
            end.as_teardown()
        for states in itertools.product(STATES, repeat=2):
            named = dict(zip("sw", states))
            yield ["x", rule, named, verdict(task, named)]
        for states in itertools.product(STATES, repeat=3):
            named = dict(zip("swx", states))
            yield ["t", rule, named, verdict(end, named)]


def run_states():
    """Which tasks decide a run, in every small graph of two tasks and two that may be teardowns."""
    edges = [("a", "b"), ("a", "t"), ("b", "t"), ("b", "u"), ("t", "u"), ("a", "u")]
    for chosen in itertools.product([False, True], repeat=len(edges)):
        for failing in [None, False, True]:
            with DAG("d", schedule=None) as dag:
                tasks = {name: operator(name) for name in "abtu"}
                tasks["s"] = operator("s").as_setup()
                for (up, down), wanted in zip(edges, chosen):
                    if wanted:
                        tasks[up] >> tasks[down]
                if failing is not None:
                    for name in "tu":
                        tasks["s"] >> tasks[name]
                        tasks[name].as_teardown(on_failure_fail_dagrun=failing)
            instances = [Instance(task) for task in dag.tasks]
            leaves = DagRun._tis_for_dagrun_state(None, dag=dag, tis=instances)
            wanted = [list(edge) for edge, used in zip(edges, chosen) if used]
            yield [wanted, failing, sorted(leaf.task_id for leaf in leaves)]


CRONS = ["0 6 * * *", "30 2 * * *", "30 * * * *", "*/20 * * * *", "0 */6 * * *", "15 1,2,3 * * *",
         "0 0 13 * 5", "0 0 1,15 * mon", "5 4 29 2 *", "0 0 * * 7", "0 12 31 * *", "0 3 * mar,oct sun",
         "10 2 * * 0", "*/45 1-3 * * *", "@daily", "@weekly", "@monthly", "@hourly"]
ZONES = ["UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
STARTS = ["2026-01-01T00:00:00", "2026-03-27T12:07:00", "2026-10-23T18:00:00", "2026-03-06T03:00:00",
          "2026-10-30T21:30:00", "2026-04-03T00:00:00", "2027-12-30T23:59:00"]
FIRES = 30


def cron_fires():
    """The instants at which expressions fire, in seconds since 1970."""
    for expression, zone in itertools.product(CRONS, ZONES):
        table = CronDataIntervalTimetable(expression, zone)
        for start in STARTS:
            at = pendulum.instance(datetime.fromisoformat(start).replace(tzinfo=timezone.utc))
            first, fires = int(at.timestamp()), []
            for _ in range(FIRES):
                at = table._get_next(at)
                fires.append(int(at.timestamp()))
            yield [expression, zone, first, fires]


if __name__ == "__main__":
    answers = {
        "version": __version__,
        "direct": list(direct_rules()),
        "setups": list(around_setups()),
        "leaves": list(run_states()),
        "cron": list(cron_fires()),
    }
    with open(sys.argv[1], "w") as out:
        json.dump(answers, out)
