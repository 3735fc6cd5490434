"""Whether the cluster recovers at all: a job of Flink's own, with a task manager killed in it.

It has nothing of Beam in it. It shows that the cluster's checkpoints and restarts are set up so
that a job which loses a task manager goes on from its last checkpoint and loses no row.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cluster import OPENED, TASK_MANAGERS, Cluster

PROGRAM: Final = Path(__file__).with_name("Numbers.java")
ROWS: Final = 1500  # 100 a second: time for a checkpoint, a kill and a restart


def numbers(folder: Path) -> Iterator[int]:
    """The rows that the job has made final; what a crash left unfinished has a dot in front."""
    for path in folder.glob("[!.]*"):
        yield from (int(line) for line in path.read_text().split())


def recovers(cluster: Cluster) -> tuple[bool, str]:
    """Run the job, kill a task manager after its first checkpoint; whether all rows are there."""
    rows = cluster.folder / "rows"
    before = {job["jid"] for job in cluster.jobs()}
    submitted = cluster.services.start(
        "numbers",
        [
            *("java", "-Xmx384m", *OPENED, "-cp", cluster.classpath()),
            *(str(PROGRAM), str(cluster.rest), str(ROWS), rows.as_uri()),
        ],
    )
    job = cluster.job(before)
    cluster.wait_for_checkpoint(job)
    cluster.task_managers[0].kill()
    state = cluster.wait_for_end(job, 120)
    submitted.stop()
    counts = cluster.checkpoints(job)
    cluster.add_task_manager()
    cluster.wait_for_task_managers(TASK_MANAGERS)
    found = sorted(numbers(rows))
    whole = found == list(range(1, ROWS + 1))
    good = whole and state == "FINISHED" and counts["restored"] > 0
    return good, (
        f"{state}, parallelism {cluster.parallelism(job)}, {len(found)} of {ROWS} rows, "
        f"{len(found) - len(set(found))} twice, restored {counts['restored']}x "
        f"from {counts['completed']} checkpoints"
    )
