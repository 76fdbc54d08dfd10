"""The two tutorials as Airflow 3 has them, to lay beside ../airflow-tutorial*.ts.

What they do is what Airflow's own `tutorial` and `tutorial_taskflow_api` do. Not for tidemark to run:
a test imports this file with Airflow, and compares.
"""

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, dag, task

with DAG(
    "tutorial",
    description="Prints the date, sleeps, and prints a few lines.",
    schedule=timedelta(days=1),
    start_date=datetime(2021, 1, 1),
    catchup=False,
    tags=["example"],
    default_args={"retries": 1, "retry_delay": timedelta(minutes=5)},
):
    print_date = BashOperator(task_id="print_date", bash_command="date")

    sleep = BashOperator(task_id="sleep", bash_command="sleep 5", retries=3)

    templated = BashOperator(
        task_id="templated",
        bash_command='{% for _ in range(5) %}echo "{{ ds }}"; echo "{{ macros.ds_add(ds, 7) }}"; {% endfor %}',
    )

    print_date >> [sleep, templated]


@dag(schedule=None, start_date=datetime(2021, 1, 1), tags=["example"])
def tutorial_taskflow_api():
    @task
    def extract():
        return {"1001": 301.27, "1002": 433.21, "1003": 502.22}

    @task(multiple_outputs=True)
    def transform(orders: dict):
        return {"total": sum(orders.values())}

    @task
    def load(total: float):
        print(f"Total order value is: {total:.2f}")

    load(transform(extract())["total"])


tutorial_taskflow_api()
