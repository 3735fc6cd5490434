"""`newsbeam stories`: what a desk sees of a day, with aliases resolved."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.cli import main
from tests.newswire import text_of
from tests.rows import FIRST_DAY
from tests.transforms.test_stories import OTHER, REPORTS, WIRE, edited, link_and_store, report

DAY = FIRST_DAY.date().isoformat()


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    link_and_store(tmp_path, 0, [REPORTS[0]])
    link_and_store(tmp_path, 1, [report(1, edited("light", 1)), report(3, edited("medium", 2))])
    return tmp_path


def test_a_line_says_headline_articles_publishers_agency_and_when(
    dataset: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["stories", "--dataset", str(dataset), "--date", DAY]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert max(map(len, lines)) <= 80
    assert lines[1].startswith("Ferry report 0 ")
    assert lines[1].split()[-5:] == ["3", "2", "AFP", "10-29", "13:00"]


def test_json_names_the_representative_and_the_earliest(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stories", "--dataset", str(dataset), "--date", DAY, "--json"]) == 0
    (story,) = json.loads(capsys.readouterr().out)
    assert (story["articles"], story["publishers"], story["texts"]) == (3, 2, 1)
    assert story["earliest"] == story["representative"] == REPORTS[0].id
    assert story["wire_source"] == "AFP"


def test_copies_says_who_printed_which_text_and_when(
    dataset: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    ask = ["stories", "--dataset", str(dataset), "--date", DAY, "--copies"]
    assert main(ask) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "  a text of AFP, printed by 2 papers"
    assert [line.split()[2] for line in lines[3:6]] == ["original", "copy", "copy"]
    assert lines[3].split()[:2] == ["10-29", "12:00"]
    assert "(credits it): Ferry report 0" in lines[3]
    assert "credits" not in lines[4]
    assert max(map(len, lines)) <= 100
    assert main([*ask, "--json"]) == 0
    (story,) = json.loads(capsys.readouterr().out)
    printed = story["copies"]
    assert [copy["of"] for copy in printed] == [None, REPORTS[0].id, REPORTS[0].id]
    assert {copy["text"] for copy in printed} == {REPORTS[0].id}
    assert [copy["representative"] for copy in printed] == [True, False, False]
    assert all(copy["wire_source"] == "AFP" for copy in printed)


def test_merged_groups_are_one_story_and_their_agency_reaches_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begin = text_of(WIRE[: len(WIRE) // 2])
    end = " ".join(word[::-1] for word in text_of(OTHER[: len(OTHER) // 2]).split())
    credited = {"wire_source": "AP", "wire_evidence": ("(AP)",)}
    (first,) = link_and_store(tmp_path, 0, [report(0, begin)])
    link_and_store(tmp_path, 1, [report(1, end, **credited)])
    link_and_store(tmp_path, 2, [report(2, f"{begin}\n{end}")])
    assert main(["stories", "--dataset", str(tmp_path), "--date", DAY, "--json"]) == 0
    (story,) = json.loads(capsys.readouterr().out)
    assert (story["id"], story["articles"], story["texts"]) == (first.story_id, 3, 1)
    assert story["wire_source"] == "AP"


def test_a_day_without_articles_says_so(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = (FIRST_DAY + timedelta(days=90)).date().isoformat()
    assert main(["stories", "--dataset", str(dataset), "--date", other]) == 1
    assert capsys.readouterr().out == f"{other}: no article of that day is stored\n"
    assert main(["stories", "--dataset", str(dataset), "--date", "yesterday"]) == 2
