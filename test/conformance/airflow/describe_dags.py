"""Writes what Airflow makes of DAG files, as JSON to the file named first: tasks, edges, settings.

With no further argument it describes the tutorials that come with Airflow, else the files named.
"""

import json
import sys
from pathlib import Path

import airflow.example_dags
from airflow.dag_processing.dagbag import DagBag

SHIPPED = ["tutorial.py", "tutorial_taskflow_api.py"]


def described(task):
    return {
        "upstream": sorted(task.upstream_task_ids),
        "retries": task.retries,
        "retryDelaySeconds": task.retry_delay.total_seconds(),
        "triggerRule": str(getattr(task.trigger_rule, "value", task.trigger_rule)),
    }


def main():
    folder = Path(airflow.example_dags.__path__[0])
    files = sys.argv[2:] or [str(folder / name) for name in SHIPPED]
    dags = {}
    for file in files:
        bag = DagBag(dag_folder=file)
        if bag.import_errors:
            raise SystemExit(str(bag.import_errors))
        for dag in bag.dags.values():
            dags[dag.dag_id] = {
                "tasks": {one.task_id: described(one) for one in dag.tasks},
                "catchup": dag.catchup,
                "tags": sorted(dag.tags),
                "startDate": dag.start_date.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "everySeconds": dag.schedule.total_seconds() if dag.schedule else None,
            }
    Path(sys.argv[1]).write_text(json.dumps(dags))


main()
