"""The same graph under Beam's own runners by name, and in users' test pipelines."""

import pickle
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.test_pipeline import TestPipeline
from apache_beam.testing.util import assert_that, equal_to

from pipelines.ingest import Job, ingest
from pipelines.runner import Options, cores, make_runner, workers
from schemas.elements import Run
from transforms.dataset import Dataset
from transforms.documents import ReadDocuments
from transforms.extract import Extract
from transforms.workers import Workers

RUN = Run("20261120T120000Z-test", datetime(2026, 11, 20, 12, 0, tzinfo=UTC))


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    for n in range(3):
        (folder / f"{n}.txt").write_text(
            f"Headline number {n}\n\nNovember {n + 1}, 2026\n\n"
            f"The council of district {n} said on Monday that the road would be closed.\n"
        )
    return folder


def files(dataset: Path) -> dict[str, str]:
    """Path and sha256 of every live file."""
    live = Dataset(str(dataset)).snapshot().live
    return {file.path: file.sha256 for file in live}


def offline(runner: str, tmp_path: Path, *more: str) -> PipelineOptions:
    # DirectRunner by name would first download Prism; told that it lies where nothing lies,
    # it goes on to the runners that it has, without a request.
    return PipelineOptions([f"--runner={runner}", f"--prism_location={tmp_path}/none", *more])


def test_every_local_runner_writes_the_same_files_hash_for_hash(
    documents: Path, tmp_path: Path
) -> None:
    job = {
        "runs": RUN,
        "patterns": (f"{documents}/*.txt",),
    }
    ours = PipelineOptions([])
    pipelines = {
        "launcher": beam.Pipeline(runner=make_runner(ours), options=ours),
        "direct": beam.Pipeline(options=offline("DirectRunner", tmp_path)),
        "fn": beam.Pipeline(options=offline("FnApiRunner", tmp_path)),
        "bundle": beam.Pipeline(options=offline("BundleBasedDirectRunner", tmp_path)),
        "two workers": beam.Pipeline(
            options=offline(
                "FnApiRunner",
                tmp_path,
                "--direct_num_workers=2",
                "--direct_running_mode=multi_threading",
            )
        ),
        "test": TestPipeline(runner=FnApiRunner()),
    }
    written = {}
    for name, pipeline in pipelines.items():
        output = tmp_path / name
        ingest(pipeline, Job(output=str(output), **job))
        pipeline.run().wait_until_finish()
        written[name] = files(output)
    assert len([path for path in written["launcher"] if path.startswith("articles/")]) == 3
    for name, made in written.items():
        assert made == written["launcher"], name


def test_a_stage_runs_in_a_users_own_test_pipeline(documents: Path) -> None:
    with TestPipeline(runner=FnApiRunner()) as pipeline:
        read = pipeline | beam.Create([f"{documents}/*.txt"]) | ReadDocuments(RUN)
        extracted = read["main"] | Extract(RUN)
        assert_that(
            extracted["main"] | beam.Map(lambda article: article.title),
            equal_to([f"Headline number {n}" for n in range(3)]),
        )


def test_a_local_run_is_the_fn_api_runner_and_other_names_pass_through() -> None:
    assert isinstance(make_runner(PipelineOptions([])), FnApiRunner)
    assert isinstance(make_runner(PipelineOptions(["--runner=DirectRunner"])), FnApiRunner)
    assert make_runner(PipelineOptions(["--runner=FlinkRunner"])) == "FlinkRunner"


def test_views_of_options_are_made_once_and_show_what_is_set_on_any() -> None:
    options = Options(["--streaming", "--direct_num_workers=2"])
    view = options.view_as(StandardOptions)
    assert options.view_as(StandardOptions) is view
    assert view.streaming
    view.streaming = False
    options.view_as(DirectOptions).direct_num_workers = 3
    plain = PipelineOptions(["--streaming", "--direct_num_workers=2"])
    plain.view_as(StandardOptions).streaming = False
    plain.view_as(DirectOptions).direct_num_workers = 3
    assert options.get_all_options() == plain.get_all_options()


def test_a_copy_of_options_has_views_of_its_own() -> None:
    options = Options(["--streaming"])
    options.view_as(StandardOptions)
    for copied in (deepcopy(options), pickle.loads(pickle.dumps(options))):
        copied.view_as(StandardOptions).streaming = False
        assert copied.get_all_options()["streaming"] is False
        assert options.view_as(StandardOptions).streaming


@pytest.mark.parametrize(
    ("flags", "asked", "expected"),
    [
        ([], 0, Workers(cores())),
        ([], 3, Workers(3)),
        # Each process of the runner's has gRPC's threads, and is one of several.
        (
            ["--direct_running_mode=multi_processing", "--direct_num_workers=2"],
            0,
            Workers(1),
        ),
        (["--runner=FlinkRunner"], 0, Workers(1)),
        (["--runner=FlinkRunner"], 2, Workers(2)),
    ],
)
def test_a_local_run_uses_all_cores_and_other_runners_one_worker_a_process(
    flags: list[str], asked: int, expected: Workers
) -> None:
    assert workers(PipelineOptions(flags), asked) == expected
    assert expected.size >= 1
