"""The figures of a run: the same in its report, in Prometheus' file and in its files."""

import json
from pathlib import Path

import duckdb
import pytest
from prometheus_client.parser import text_string_to_metric_families

from pipelines.run import run_ingest


@pytest.mark.parametrize(
    "beam", [[], ["--direct_num_workers=2", "--direct_running_mode=multi_threading"]]
)
def test_counters_and_distributions_of_the_stages_reach_the_report_and_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], beam: list[str]
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    for n in range(3):
        said = "The council of the old district said on Monday that the road would close. " * (
            n + 3
        )
        (folder / f"{n}.txt").write_text(f"Headline number {n}\n\n{said}\n")
    dataset, metrics = tmp_path / "news", tmp_path / "newsbeam.prom"
    argv = [f"--seeds={folder}/*.txt", f"--output={dataset}", "--entity-model=none", "--json"]
    assert run_ingest([*argv, f"--metrics-file={metrics}", "--", *beam]) == 0
    report = json.loads(capsys.readouterr().out)

    (lengths,) = duckdb.execute(
        f"SELECT count(*), sum(text_length), min(text_length), max(text_length) "
        f"FROM '{dataset}/articles/*/*.parquet'"
    ).fetchall()
    told = report["distributions"]["extract/text_length"]
    assert (told["count"], told["sum"], told["min"], told["max"]) == lengths
    assert report["counters"]["extract/articles"] == 3

    families = {
        sample.name + json.dumps(sample.labels, sort_keys=True): sample.value
        for family in text_string_to_metric_families(metrics.read_text())
        for sample in family.samples
    }
    labels = {"stage": "extract", "event": "text_length"}
    for statistic, n in told.items():
        key = json.dumps({**labels, "statistic": statistic}, sort_keys=True)
        assert families[f"newsbeam_run_stage_sizes{key}"] == n
    key = json.dumps({"stage": "extract", "event": "articles"}, sort_keys=True)
    assert families[f"newsbeam_run_stage_events{key}"] == 3
