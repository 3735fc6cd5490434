"""newsbeam on a cluster, bounded and streaming: the files of a local run, also when a worker dies.

Run it by deploy/flink/run. What it starts and shows is in README.md.
"""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from typing import Final

import flink_alone
import packages
from cluster import TASK_MANAGERS, Cluster
from runs import BIN, ENVIRONMENT, Ended, Runs
from services import NotReady, Service, Services, free_port, listens
from streams import stream_and_compare, stream_dies

from tests.pipelines.newssite import NewsSite, fill, serve

SAME, DIFFERS, NOT_ON_FLINK = 0, 1, 3
CACHE: Final = Path(__file__).resolve().parents[2] / ".flink"
PARALLELISM: Final = 2
LIMIT: Final = 1200  # seconds for all of it, packages included
SLOW: Final = 1.0  # seconds between two requests to a host: a run of some 12 s has a middle


@dataclass
class Row:
    """One line of the verdict."""

    what: str
    where: str
    good: bool
    said: str


@dataclass
class Engine:
    """A job server, with the engine behind it and the Python workers that it uses."""

    name: str
    job_port: int
    pool: Service
    pool_port: int
    cluster: Cluster | None = None
    streams: bool = True

    def beam_options(self) -> list[str]:
        """What goes behind `--`."""
        return [
            "--runner=PortableRunner",
            f"--job_endpoint=127.0.0.1:{self.job_port}",
            "--environment_type=EXTERNAL",
            f"--environment_config=127.0.0.1:{self.pool_port}",
            # For Flink; another job server does not know the second, and Beam then drops it.
            f"--parallelism={PARALLELISM}",
            "--number_of_execution_retries=5",
        ]


def start_pool(services: Services) -> tuple[Service, int]:
    """Start the pool that starts a Python worker for each task manager that asks for one."""
    port = free_port()
    module = "apache_beam.runners.worker.worker_pool_main"
    command = [str(BIN / "python"), "-m", module, f"--service_port={port}"]
    pool = services.start("worker-pool", command, env=ENVIRONMENT)
    pool.wait_until(lambda: listens(port), 60)
    return pool, port


def start_engine(name: str, services: Services, cluster: Cluster | None, folder: Path) -> Engine:
    """Start a job server and its workers. Raises Unavailable, NotReady."""
    port = free_port()
    if cluster:
        jar = packages.get_job_server(CACHE)
        command = ["java", "-Xmx512m", "-jar", str(jar), "--job-host=127.0.0.1"]
        command += [f"--flink-master=127.0.0.1:{cluster.rest}", f"--job-port={port}"]
        command += ["--artifact-port=0", "--expansion-port=0", f"--artifacts-dir={folder}/staged"]
        said = f"Flink {packages.FLINK}"
    elif name == "prism":
        command = [str(packages.get_prism(CACHE)), f"--job_port={port}", "--web_port=0"]
        command += ["--serve_http=false"]
        said = f"Prism {packages.BEAM}"
    else:
        module = "apache_beam.runners.portability.local_job_service_main"
        command = [str(BIN / "python"), "-m", module, f"--port={port}"]
        command += [f"--staging_dir={folder}/staged"]
        said = "Beam's job service in Python"
    server = services.start("job-server", command, env=ENVIRONMENT)
    server.wait_until(lambda: listens(port), 60)
    return Engine(said, port, *start_pool(services), cluster, streams=name != "python")


def judged(what: str, where: str, ended: Ended, local: Ended, more: str = "") -> Row:
    """The line for a run that must have left what the local run left."""
    differ = ended.differences(local)
    said = f"{ended}; {differ} files differ" if differ else f"{ended}; same hashes"
    return Row(what, where, ended.whole and not differ, f"{said}{more}")


def undisturbed(runs: Runs, engine: Engine, local: Ended) -> Row:
    """A run that nothing happens to."""
    seen = {job["jid"] for job in engine.cluster.jobs()} if engine.cluster else set()
    ended = runs.run("undisturbed", engine.beam_options())
    row = judged("bounded job", engine.name, ended, local)
    if engine.cluster:
        width = engine.cluster.parallelism(engine.cluster.job(seen))
        row.good &= width >= PARALLELISM
        row.said += f"; parallelism {width}"
    return row


def task_manager_killed(runs: Runs, engine: Engine, cluster: Cluster, local: Ended) -> Row:
    """A task manager dies in the middle: the job goes on by itself and ends with the same files."""
    seen = {job["jid"] for job in cluster.jobs()}
    job = runs.start("killed", engine.beam_options(), SLOW)
    pages = runs.wait_for_middle(job)
    cluster.task_managers[-1].kill()
    ended = runs.end("killed", job)
    failures = cluster.failures(cluster.job(seen))
    row = judged("task manager killed", engine.name, ended, local)
    row.good &= failures > 0  # otherwise the one that was killed had no part in the job
    row.said += f"; killed after {pages} pages, restarted {failures}x"
    return row


def two_processes(runs: Runs, local: Ended) -> Row:
    """A run on two worker processes of Beam's local runner: parallelism without a cluster."""
    options = [f"--direct_num_workers={PARALLELISM}", "--direct_running_mode=multi_processing"]
    ended = runs.run("processes", options)
    return judged("bounded job, two processes", "DirectRunner", ended, local)


def worker_killed(runs: Runs, engine: Engine, local: Ended) -> list[Row]:
    """A worker dies in the middle of a run on an engine that restarts nothing.

    The run must fail and leave nothing that a reader can see; run again, it ends with the same.
    """
    job = runs.start("killed", engine.beam_options(), SLOW)
    pages = runs.wait_for_middle(job)
    for worker in engine.pool.children():
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
    ended = runs.end("killed", job)
    nothing = ended.code != 0 and not ended.files
    said = f"exit {ended.code}, {len(ended.files)} files visible; killed after {pages} pages"
    again = runs.run("killed", engine.beam_options())
    return [
        Row("worker killed", engine.name, nothing, said),
        judged("the same run again", engine.name, again, local),
    ]


def streams(runs: Runs, engine: Engine, cluster: Cluster | None) -> list[Row]:
    """The streaming job: undisturbed, and with a death in its middle."""
    options = engine.beam_options() + ["--checkpointing_interval=2000"] * bool(cluster)
    calm = stream_and_compare(runs, "stream", options)
    rows = [Row("streaming job", engine.name, calm.good, str(calm))]
    if cluster:
        seen = {job["jid"] for job in cluster.jobs()}
        victim = cluster.task_managers[-1].process.pid
        hit = stream_and_compare(runs, "stream-killed", options, [victim], SLOW)
        failures = cluster.failures(cluster.job(seen))
        what = "task manager killed in a window"
        rows.append(
            Row(what, engine.name, hit.good and failures > 0, f"{hit}; restarted {failures}x")
        )
        return rows
    died = stream_dies(runs, "stream-killed", options, engine.pool.children)
    nothing = died.code != 0 and not died.files
    said = f"exit {died.code}, {len(died.files)} files visible"
    rows.append(Row("worker killed in a window", engine.name, nothing, said))
    again = stream_and_compare(runs, "stream-killed", options)
    rows.append(Row("the stream again", engine.name, again.good, str(again)))
    return rows


def verdict(rows: Sequence[Row]) -> str:
    """The table."""
    what = max(len(row.what) for row in rows)
    where = max(len(row.where) for row in rows)
    return "\n".join(
        f"{'ok ' if row.good else 'BAD'}  {row.what:{what}}  {row.where:{where}}  {row.said}"
        for row in rows
    )


def tell(row: Row) -> Row:
    """Say a line as soon as it is known."""
    print(f"... {row.what} on {row.where}: {row.said}", flush=True)
    return row


def check_all(engine_name: str, folder: Path, rows: list[Row]) -> str:
    """Everything, line by line into `rows`; why there was no Beam job on Flink, if there was none.

    Raises Unavailable, NotReady.
    """
    missing = ""
    with Services(folder / "logs") as services, serve(NewsSite()) as site:
        # Printed just now, one a second: a stream polls a feed by its rhythm.
        fill(site, datetime.now(UTC) - timedelta(minutes=1), timedelta(seconds=1))
        cluster = None
        if engine_name == "flink":
            cluster = Cluster(packages.get_flink(CACHE), folder, services)
            cluster.start()
            good, said = flink_alone.recovers(cluster)
            where = f"Flink {packages.FLINK}"
            rows.append(tell(Row("Flink's own job, task manager killed", where, good, said)))
        try:
            engine = start_engine(engine_name, services, cluster, folder)
        except packages.Unavailable as error:
            if not cluster:
                raise
            missing = str(error)
            print(f"... no Beam job on Flink: {missing}", flush=True)
            cluster = None
            engine = start_engine(stand_in(), services, None, folder)
        runs = Runs(site, folder, services)
        local = runs.run("local")
        rows.append(tell(judged("bounded job", "DirectRunner", local, local)))
        rows.append(tell(undisturbed(runs, engine, local)))
        if cluster:
            rows.append(tell(task_manager_killed(runs, engine, cluster, local)))
            cluster.add_task_manager()
            cluster.wait_for_task_managers(TASK_MANAGERS)
            rows.extend(tell(row) for row in streams(runs, engine, cluster))
        else:
            rows.append(tell(two_processes(runs, local)))
            rows.extend(tell(row) for row in worker_killed(runs, engine, local))
            if engine.streams:
                rows.extend(tell(row) for row in streams(runs, engine, None))
    return missing


def stand_in() -> str:
    """The engine to rehearse on where the Flink job server cannot be had."""
    try:
        packages.get_prism(CACHE)
    except packages.Unavailable as error:
        print(f"... no Prism: {error}", flush=True)
        return "python"
    return "prism"


def too_long(*_: object) -> None:
    """The alarm of `main`."""
    raise NotReady(f"the whole check: not within {LIMIT} s")


def main(argv: Sequence[str]) -> int:
    """Run the check; returns the exit code."""
    parser = argparse.ArgumentParser(prog="deploy/flink/run", description=__doc__)
    parser.add_argument(
        "--engine",
        choices=("flink", "prism", "python"),
        default="flink",
        help="what runs the job (default: flink; the others need no Java and are no cluster)",
    )
    options = parser.parse_args(argv)
    CACHE.mkdir(exist_ok=True)
    (CACHE / ".gitignore").write_text("*\n")  # packages and runs are nothing to commit
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=CACHE))
    rows: list[Row] = []
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(LIMIT)
    try:
        missing = check_all(options.engine, folder, rows)
    except (NotReady, packages.Unavailable) as error:
        rows.append(Row("the check", options.engine, False, str(error)))
        missing = ""
    signal.alarm(0)
    print(f"\n{verdict(rows)}")
    if not all(row.good for row in rows):
        print(f"\nDIFFERS; logs and datasets: {folder}")
        return DIFFERS
    rmtree(folder)
    if missing:
        print(f"\nNOT RUN ON FLINK ({missing}); what was run instead is the same")
        return NOT_ON_FLINK
    print("\nSAME")
    return SAME


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
