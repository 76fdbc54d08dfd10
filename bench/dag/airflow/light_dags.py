"""The measured graphs as an Airflow user writes them; sizes come from the environment."""

import os

from airflow.sdk import DAG, chain, task


@task
def light():
    return 1


with DAG(os.environ["BENCH_SEQUENCE_ID"], schedule=None):
    chain(*[light.override(task_id=f"t{i}")() for i in range(int(os.environ["BENCH_SEQUENCE"]))])

with DAG(os.environ["BENCH_FAN_ID"], schedule=None):
    chain(
        light.override(task_id="first")(),
        [light.override(task_id=f"t{i}")() for i in range(int(os.environ["BENCH_FAN"]))],
        light.override(task_id="last")(),
    )
