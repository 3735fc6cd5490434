"""The Airflow DAG: imported and serialised by Airflow, its command rendered.

    python dag.py FOLDER    (with Airflow's Python and AIRFLOW_HOME)

Prints one line; exits with 1 if the DAG is wrong.
"""

import sys
from datetime import UTC, datetime
from types import SimpleNamespace

from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization


def main(folder: str) -> int:
    """Check the one DAG in `folder`."""
    bag = DagBag(dag_folder=folder)
    if bag.import_errors or list(bag.dags) != ["newsbeam"]:
        print(f"WRONG: {bag.import_errors or list(bag.dags)}")
        return 1
    dag = bag.dags["newsbeam"]
    DagSerialization.to_dict(dag)
    (task,) = dag.tasks
    at = datetime(2026, 11, 20, 10, 10, tzinfo=UTC)
    for logical_date in (at, None):
        run = SimpleNamespace(logical_date=logical_date, run_after=at)
        rendered = task.render_template(task.arguments, {"dag_run": run})
        if "--run-time=2026-11-20T10:10:00+00:00" not in rendered:
            print(f"WRONG: rendered as {rendered}")
            return 1
    print(f"imported, serialised; runs {' '.join(rendered)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
