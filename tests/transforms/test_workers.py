"""Worker processes: what one task does to its process happens to nobody else."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import as_completed
from pathlib import Path

import pytest

from tests.transforms import tasks
from transforms.outcomes import Rejected
from transforms.workers import Pool, TaskDied, TaskMemory, TaskTimeout, WorkFailed, shared

MIB = 2**20


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(2, seconds=0.4, memory=64 * MIB) as made:
        yield made


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def await_end(pids: list[int], seconds: float = 10) -> list[int]:
    """The processes among `pids` that live on after all the time they may take to end."""
    until = time.monotonic() + seconds
    left = pids
    while left and time.monotonic() < until:
        left = [pid for pid in left if alive(pid)]
        threading.Event().wait(0.02)
    return left


def refused(words: str) -> None:
    raise Rejected("no_text", words, payload=b"page")


def test_results_are_those_of_the_function(pool: Pool) -> None:
    futures = [pool.submit(tasks.double, n) for n in range(200)]
    assert [future.result() for future in futures] == [2 * n for n in range(200)]


def test_work_is_done_in_as_many_other_processes_as_asked_for(pool: Pool) -> None:
    pids = {pool.submit(tasks.pid, None).result() for _ in range(20)}
    slow = {f.result() for f in [pool.submit(tasks.pid, None) for _ in range(50)]}
    assert os.getpid() not in pids | slow
    assert len(pids | slow) <= 2


def test_results_come_in_the_order_of_completion(pool: Pool) -> None:
    slow, fast = pool.submit(tasks.sleep, 0.5), pool.submit(tasks.double, 1)
    assert list(as_completed([slow, fast])) == [fast, slow]


def test_a_task_that_never_ends_is_ended_by_its_cpu_time(pool: Pool) -> None:
    with pytest.raises(TaskTimeout, match="CPU time"):
        pool.submit(tasks.spin, None).result()


@pytest.fixture
def any_digits() -> Iterator[None]:
    """Numbers of any length, in this process and in a pool that is forked now."""
    most = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    yield
    sys.set_int_max_str_digits(most)


@pytest.mark.usefixtures("any_digits")
def test_a_task_inside_a_c_function_is_ended_too(pool: Pool) -> None:
    with Pool(1, seconds=0.2) as fresh, pytest.raises(TaskTimeout):
        fresh.submit(tasks.spin_in_c, 30_000_000).result()


def test_waiting_costs_no_cpu_time_but_has_an_end() -> None:
    with Pool(1, seconds=0.05) as impatient:
        assert impatient.submit(tasks.sleep, 0.2).result() is None
        with pytest.raises(TaskTimeout, match="blocked"):
            impatient.submit(tasks.sleep, 60).result()


@pytest.mark.parametrize("bomb", [tasks.hoard, tasks.grab])
def test_a_task_that_takes_too_much_memory_is_ended(pool: Pool, bomb: object) -> None:
    with pytest.raises(TaskMemory):
        pool.submit(bomb, 10**13).result()


@pytest.mark.parametrize(
    ("task", "argument", "said"),
    [
        (tasks.abort, None, "SIGABRT"),
        (tasks.segfault, None, "SIGSEGV"),
        (tasks.leave, 3, "exit code 3"),
        (tasks.leave, 0, "exit code 0"),
    ],
)
def test_a_task_that_kills_its_process_says_how(
    pool: Pool, task: object, argument: object, said: str
) -> None:
    with pytest.raises(TaskDied, match=said):
        pool.submit(task, argument).result()


def test_what_the_function_raises_is_raised_with_where(pool: Pool) -> None:
    with pytest.raises(ValueError, match="no good") as caught:
        pool.submit(tasks.complain, "no good").result()
    assert "in complain" in caught.value.__notes__[0]


def test_a_named_outcome_arrives_as_it_was_raised(pool: Pool) -> None:
    with pytest.raises(Rejected) as caught:
        pool.submit(refused, "nothing there").result()
    assert (caught.value.reason, caught.value.detail) == ("no_text", "nothing there")
    assert caught.value.payload == b"page"


@pytest.mark.parametrize(
    ("task", "said"),
    [
        (tasks.unpicklable, "result cannot be sent"),
        (tasks.complain_awkwardly, "Awkward: 1 and 1"),
        (tasks.exit_politely, "SystemExit: 1"),
    ],
)
def test_what_cannot_be_sent_is_told_in_words(pool: Pool, task: object, said: str) -> None:
    with pytest.raises(WorkFailed, match=said):
        pool.submit(task, 1).result()


def test_an_argument_that_cannot_be_sent_is_refused_where_it_is_given(pool: Pool) -> None:
    with pytest.raises((AttributeError, TypeError, ValueError)):
        pool.submit(tasks.double, threading.Lock())


def test_neighbours_of_killed_tasks_are_untouched(pool: Pool) -> None:
    """Every fifth task kills its process in another way; all others have their results."""
    ways = [(tasks.abort, None), (tasks.leave, 1), (tasks.grab, 10**13), (tasks.spin, None)]
    futures = []
    for n in range(60):
        task, argument = ways[n // 5 % 4] if n % 5 == 0 else (tasks.double, n)
        futures.append(pool.submit(task, argument))
    for n, future in enumerate(futures):
        if n % 5:
            assert future.result() == 2 * n
        else:
            assert isinstance(future.exception(), TaskTimeout | TaskMemory | TaskDied)


def test_a_worker_killed_by_somebody_else_is_replaced(pool: Pool) -> None:
    first = pool.submit(tasks.pid, None).result()
    os.kill(first, signal.SIGKILL)
    assert await_end([first]) == []
    assert [pool.submit(tasks.double, n).result() for n in range(5)] == [0, 2, 4, 6, 8]


def test_a_nursery_killed_by_somebody_else_is_replaced() -> None:
    with Pool(1) as made:
        _, parent = made.submit(tasks.prepared, None).result()
        worker = made.submit(tasks.pid, None).result()
        os.kill(parent, signal.SIGKILL)
        assert await_end([worker]) == []
        assert made.submit(tasks.double, 4).result() == 8


def test_memory_that_tasks_leave_behind_is_given_back() -> None:
    """A worker that has grown is replaced, so that what libraries cache does not add up."""
    with Pool(1, memory=1024 * MIB) as made:
        pids = [made.submit(tasks.keep, 80 * MIB).result() for _ in range(8)]
    assert len(set(pids)) == 3  # replaced when grown by more than 192 MiB


@pytest.mark.parametrize("fork", [True, False])
def test_workers_share_what_was_prepared_once(fork: bool) -> None:
    with Pool(2, fork=fork, prepare=(tasks.prepare, "model")) as made:
        found = [f.result() for f in [made.submit(tasks.prepared, None) for _ in range(6)]]
    assert {tuple(words) for words, _ in found} == {("model",)}
    assert len({parent for _, parent in found}) == 1


@pytest.mark.parametrize("fork", [True, False])
def test_what_preparing_raises_is_raised_by_every_task(fork: bool) -> None:
    with Pool(1, fork=fork, prepare=(tasks.fail_to_prepare, "no such model")) as made:
        for _ in range(2):
            with pytest.raises(LookupError, match="no such model"):
                made.submit(tasks.double, 1).result()


def test_workers_hold_none_of_the_pipelines_files_open(tmp_path: Path) -> None:
    with (tmp_path / "held").open("w") as held, Pool(1) as made:
        names = made.submit(tasks.open_files, None).result()
        assert held.name not in names
    assert names
    assert not [name for name in names if "pytest" in name]


def test_a_signal_handler_of_the_pipeline_is_not_the_workers() -> None:
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        with Pool(1) as made:
            assert made.submit(tasks.default_signals, None).result() == [True]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_closed_pool_leaves_no_process() -> None:
    with Pool(2) as made:
        _, parent = made.submit(tasks.prepared, None).result()
        worker = made.submit(tasks.pid, None).result()
    assert await_end([parent, worker]) == []


ORPHANS = """
import sys
from tests.transforms import tasks
from transforms.workers import Pool
made = Pool(2, fork={fork})
print(made.submit(tasks.prepared, None).result()[1], made.submit(tasks.pid, None).result())
made.submit(tasks.spin, None); made.submit(tasks.spin, None)
sys.stdout.flush()
sys.stdin.read()
"""


@pytest.mark.parametrize("fork", [True, False])
def test_no_process_outlives_a_parent_that_is_killed(fork: bool) -> None:
    """Also workers that are busy, and would not see that nobody waits for them any more."""
    command = [sys.executable, "-c", ORPHANS.format(fork=fork)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout
        nursery, idle = map(int, child.stdout.readline().split())
        children = Path(f"/proc/{nursery}/task/{nursery}/children")
        busy = [int(pid) for pid in children.read_text().split()] if children.exists() else []
        child.kill()
        assert await_end([nursery, idle, *busy]) == []


def test_all_who_ask_for_the_same_kind_share_one_pool() -> None:
    assert shared(1) is shared(1)
    assert shared(1) is not shared(1, seconds=1.0)
    assert shared(1).submit(tasks.double, 2).result() == 4


WITH_GRPC = """
import grpc
from concurrent.futures import ThreadPoolExecutor
from tests.transforms import tasks
from transforms.forking import may_fork
from transforms.workers import Pool
assert may_fork()
server = grpc.server(ThreadPoolExecutor(1))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
channel = grpc.insecure_channel(f"127.0.0.1:{port}")
grpc.channel_ready_future(channel).result(20)
assert not may_fork()
with Pool(1) as made:
    print(made.submit(tasks.double, 21).result(60))
server.stop(None)
"""


@pytest.mark.slow
def test_a_process_in_which_grpc_is_at_work_is_not_copied() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITH_GRPC],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert (done.returncode, done.stdout.strip()) == (0, "42"), done.stderr
    assert "Check failed" not in done.stderr
