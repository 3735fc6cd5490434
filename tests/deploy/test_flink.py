"""What a job on Flink asks of the command."""

import pytest

from pipelines.job import parse
from pipelines.usage import UsageError


@pytest.mark.parametrize("runner", ["PortableRunner", "FlinkRunner"])
def test_options_that_only_a_job_server_knows_are_passed_on_to_it(runner: str) -> None:
    argv = ["--output=news", "--feed=http://127.0.0.1/f", "--"]
    _, options = parse(
        [*argv, f"--runner={runner}", "--checkpointing_interval=60000"], "newsbeam ingest"
    )
    passed = options.get_all_options(retain_unknown_options=True)
    assert int(passed["checkpointing_interval"]) == 60000


@pytest.mark.parametrize("runner", [[], ["--runner=DirectRunner"]])
def test_an_option_that_nobody_knows_is_an_error_of_a_local_run(runner: list[str]) -> None:
    argv = [
        "--output=news",
        "--feed=http://127.0.0.1/f",
        "--",
        *runner,
        "--checkpointing_interval=60000",
    ]
    with pytest.raises(UsageError, match="--checkpointing_interval"):
        parse(argv, "newsbeam ingest")
