"""What people type to ask after a document, and what they are told."""

import json
from pathlib import Path

import pytest

from pipelines.cli import main
from schemas.elements import DateEvidence, MetadataEvidence
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


def test_candidates_are_told_one_by_one_with_their_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = article(
        1,
        published_evidence=(DateEvidence("2024-10-29", "jsonld", "day", "none"),),
        metadata_evidence=(
            MetadataEvidence("title", "Ferry report 1", "heading", True),
            MetadataEvidence("title", "Ferry\x1b[31m!", "meta", False),
        ),
    )
    file = write_file(
        TABLES["articles"], [made], str(tmp_path), f"event_date={made.event_at.date()}", RUN, 0
    )
    assert file
    commit(str(tmp_path), RUN, [file], {})
    assert main(["explain", made.id, "--dataset", str(tmp_path)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["published_evidence", "2024-10-29", "(jsonld,", "day,", "none)"] in lines
    assert ["metadata_evidence", "*", "title", "Ferry", "report", "1", "(heading)"] in lines
    (other,) = (line for line in lines if line[-1:] == ["(meta)"])
    assert other[:2] == ["metadata_evidence", "title"]
    assert "\x1b" not in " ".join(other)


def test_a_feed_is_told_by_its_polls(dataset: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", poll(1).feed_url, "--dataset", dataset]) == 0
    assert capsys.readouterr().out.startswith("2024-10-29 12:00:00Z  feed ok, health ok, ")
