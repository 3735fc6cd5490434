"""What people type to ask after a document, and what they are told."""

import json
from pathlib import Path

import pytest

from pipelines.cli import main
from schemas.tables import TABLES
from tests.rows import article, outcome, poll
from transforms.commit import commit
from transforms.identity import article_id, canonical_url
from transforms.write import write_file

RUN = "20241029T120000Z"
URL = "https://quay.example/news/ferry?id=7"


@pytest.fixture
def dataset(tmp_path: Path) -> str:
    made = article(1, id=article_id(canonical_url(URL)), url=URL)
    day = "run_date=2024-10-29"
    files = [
        write_file(
            TABLES["articles"], [made], str(tmp_path), f"event_date={made.event_at.date()}", RUN, 0
        ),
        write_file(TABLES["ledger"], [outcome(1)], str(tmp_path), day, RUN, 0),
        write_file(TABLES["feeds"], [poll(1)], str(tmp_path), day, RUN, 0),
    ]
    commit(str(tmp_path), RUN, [file for file in files if file], {})
    return str(tmp_path)


@pytest.mark.parametrize(
    "asked",
    [
        URL,
        "http://quay.example/news/ferry?id=7",
        "HTTPS://Quay.Example:443/news/ferry?utm_source=mail&id=7#comments",
        "quay.example/news/ferry?id=7",
        article_id(canonical_url(URL)),
    ],
)
def test_an_article_is_found_by_any_spelling_of_its_url(
    asked: str, dataset: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", asked, "--dataset", dataset, "--json"]) == 0
    assert [row["url"] for row in json.loads(capsys.readouterr().out)["rows"]] == [URL]


@pytest.mark.parametrize("asked", ["", "x", "https://quay.example/other", "http://[::1", "seed:é"])
def test_what_nobody_saw_is_told_with_what_could_be_asked(
    asked: str, dataset: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", asked, "--dataset", dataset]) == 1
    assert "32 hex digits" in capsys.readouterr().err


def test_a_feed_is_told_by_its_polls(dataset: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", poll(1).feed_url, "--dataset", dataset]) == 0
    assert capsys.readouterr().out.startswith("2024-10-29 12:00:00Z  feed ok, health ok, ")
