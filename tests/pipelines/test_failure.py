"""The one line that is said of a run that failed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.cli import main
from pipelines.failure import cause, is_stop
from pipelines.job import make_job, parse
from pipelines.run import execute
from transforms.dataset import Dataset
from transforms.fsck import check as fsck

TEXT = (
    "The ferry company said on Thursday that the new boat would be delivered in spring.\n\n"
    "It carries 120 cars and was built in two years, a year later than planned.\n"
)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("no"), "ValueError: no"),
        (MemoryError(), "MemoryError"),
        (
            RuntimeError("OSError: [Errno 28] No space left [while running 'Write/Shard']"),
            "OSError: [Errno 28] No space left (at Write/Shard)",
        ),
        (RuntimeError("a.b.Odd: x [while running 'A']\nmore"), "Odd: x (at A)"),
        (ValueError("bad: thing [while running 'A']"), "ValueError: bad: thing (at A)"),
        (RuntimeError("Error: [no stage]"), "RuntimeError: Error: [no stage]"),
    ],
)
def test_the_cause_is_named_with_its_stage_and_without_what_beam_wraps_it_in(
    error: Exception, said: str
) -> None:
    assert cause(error) == said
    assert not is_stop(error)


@pytest.mark.parametrize(
    "error",
    [
        KeyboardInterrupt(),
        RuntimeError("KeyboardInterrupt [while running 'Enrich']"),
        RuntimeError("KeyboardInterrupt: [while running 'Enrich']"),
    ],
)
def test_to_be_stopped_is_no_failure_wherever_it_happened(error: BaseException) -> None:
    assert is_stop(error)


def test_a_dataset_that_cannot_be_written_is_one_line_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ferry.txt").write_text(f"New ferry\n\n{TEXT}")
    (tmp_path / "news").symlink_to(tmp_path / "gone" / "away")
    args = [f"--seeds={tmp_path}/ferry.txt", f"--output={tmp_path}/news", "--entity-model=none"]
    assert main(["ingest", *args]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "nothing of this run was written; -v shows more" in line
    assert "RuntimeError" not in line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_a_run_leaves_nothing_and_says_so(
    number: signal.Signals, tmp_path: Path
) -> None:
    # The run is in the middle for as long as it waits for the other end of this pipe.
    os.mkfifo(tmp_path / "feeds.txt")
    command = [sys.executable, "-m", "pipelines.cli", "ingest", f"--output={tmp_path}/news"]
    run = subprocess.Popen(
        [*command, f"--feeds={tmp_path}/feeds.txt"], stderr=subprocess.PIPE, text=True
    )
    handle = os.open(tmp_path / "feeds.txt", os.O_WRONLY)  # returns once it is being read
    run.send_signal(number)
    try:
        _, said = run.communicate(timeout=60)
    finally:
        os.close(handle)
    assert (run.returncode, said) == (1, "newsbeam: stopped\n")
    assert not (tmp_path / "news").exists()


def test_a_run_that_was_overtaken_by_another_of_the_same_articles_stores_them_not_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ferry.txt").write_text(f"New ferry\n\n{TEXT}")
    argv = [f"--seeds={tmp_path}/*.txt", f"--output={tmp_path}/news", "--entity-model=none"]
    args, options = parse([*argv, "--run-time=2026-11-20T12:00:00Z"], "t")
    overtaken = make_job(args)  # knows of nothing
    (tmp_path / "bridge.txt").write_text(f"New bridge\n\n{TEXT.replace('boat', 'bridge')}")
    assert main(["ingest", *argv, "--run-time=2026-11-20T12:00:01Z"]) == 0
    outcomes = execute(overtaken, options)["outcomes"]
    assert (outcomes["stored"], outcomes["unchanged"]) == (0, 2)
    stored = Dataset(str(tmp_path / "news")).snapshot().article("seed:ferry.txt")
    assert len(stored) == 1
    assert fsck(str(tmp_path / "news")).clean
