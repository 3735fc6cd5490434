"""The command: what it says, and how it ends."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.cli import main
from pipelines.options import run_time, share
from pipelines.run import parse, reads_digest
from pipelines.usage import UsageError
from schemas.elements import Feed
from transforms.entities import DEFAULT_MODEL
from transforms.runs import run_at, run_id


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    body = (
        "The ferry company said on Thursday that the new boat would be delivered in spring.\n\n"
        "It carries 120 cars and was built in two years, a year later than planned.\n"
    )
    (folder / "ferry.txt").write_text(f"New ferry comes in spring\n\n{body}")
    (folder / "empty.txt").write_text("")
    return folder


def ingest(*args: str) -> int:
    return main(["ingest", "--entity-model=none", *args])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "--output DIR is missing"),
        (["--output=x"], "nothing to read"),
        (["--output=gs://bucket/news", "--feed=http://a.example/"], "not on a mounted disk"),
        (["--output=x", "--seeds", "no/such/*.txt"], "no .txt, .md or .html file there"),
        (["--output=x", "--feeds", "no-such.opml"], "cannot be read"),
        (["--output=x", "--feed", "ftp://a.example/feed"], "--feed ftp://a.example/feed"),
        (["--output=x", "--feed=http://a.example/", "--allow-address=banana"], "banana"),
        (["--output=x", "--feed=http://a.example/", "--feedz=1"], "unknown option --feedz"),
        (
            ["--output=x", "--feed=http://a.example/", f"--entity-model=fr={DEFAULT_MODEL}"],
            "reads en, not fr",
        ),
        (
            ["--output=x", "--feed=http://a.example/", f"--entity-model=en={DEFAULT_MODEL},fr=x"],
            "no entity model 'x'",
        ),
        (["--output=x", "--run-time=yesterday"], "yesterday"),
        (["--output=x", "--run-time=0001-01-01"], "no run takes place in 1"),
        (["--output=x", "--run-time=9999-12-31T23:00:00-10:00"], "no run takes place in 9999"),
    ],
)
def test_wrong_usage_is_one_line_and_ends_with_two(
    args: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ingest(*args) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == [], "nothing was made"


def test_an_unknown_command_names_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingset"]) == 2
    assert (
        "ingest, stream, replay, feeds, explain, stories, fsck, schema" in capsys.readouterr().err
    )


def test_documents_become_rows_and_explain_says_what_became_of_each(
    documents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = str(tmp_path / "news")
    assert ingest("--seeds", str(documents), "--output", dataset) == 0
    summary = capsys.readouterr().out
    assert "1 stored" in summary
    assert "rejected:empty_body" in summary

    assert main(["explain", "seed:ferry.txt", "--dataset", dataset]) == 0
    said = capsys.readouterr().out
    assert "stored at write" in said
    assert "New ferry comes in spring" in said
    assert main(["explain", "seed:empty.txt", "--dataset", dataset, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["outcomes"][0]["reason"] == "empty_body"
    assert found["rows"] == []
    assert main(["explain", "seed:other.txt", "--dataset", dataset]) == 1
    assert "no run of this dataset has seen it" in capsys.readouterr().err

    assert main(["fsck", dataset]) == 0
    assert ingest("--seeds", str(documents), "--output", dataset) == 0
    assert "nothing new was stored" in capsys.readouterr().out


def test_two_files_that_would_be_one_document_are_told_before_the_run(
    documents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "ferry.txt").write_text("Another text altogether\n\nWith a body.")
    code = ingest(
        "--seeds", f"{documents}/*.txt", f"{other}/*.txt", "--output", str(tmp_path / "x")
    )
    assert code == 2
    assert "seed:ferry.txt" in capsys.readouterr().err


def test_a_folder_that_is_no_dataset_is_refused(
    documents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ingest("--seeds", str(documents), "--output", str(documents)) == 2
    assert sorted(path.name for path in documents.iterdir()) == ["empty.txt", "ferry.txt"]
    assert main(["explain", "x", "--dataset", str(tmp_path / "nowhere")]) == 2
    assert "no dataset here" in capsys.readouterr().err


def test_fsck_says_what_to_do_and_that_works(
    documents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = tmp_path / "news"
    run = ["--seeds", str(documents), "--output", str(dataset), "--run-time"]
    assert ingest(*run, "2026-11-20T12:00:00Z") == 0
    (lost,) = dataset.glob("articles/*/*.parquet")
    lost.unlink()
    (dataset / "articles" / "_SUCCESS").touch()
    assert ingest(*run, "2026-11-20T13:00:00Z") == 1
    assert "`newsbeam fsck` says where" in capsys.readouterr().err
    assert main(["fsck", str(dataset)]) == 1
    said = capsys.readouterr().out
    assert "--run-time 20261120T120000Z" in said
    assert "move them away" in said
    assert ingest(*run, "20261120T120000Z") == 0
    assert main(["fsck", str(dataset)]) == 0


def test_schema_prints_every_table_and_help_is_quick(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    text = capsys.readouterr().out
    for table in ("articles", "ledger", "rejects", "feeds", "aliases"):
        assert table in text
    assert main(["schema", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)


def test_the_help_does_not_import_beam() -> None:
    code = (
        "import sys; from pipelines.cli import main; main(['--help']); "
        "print('apache_beam' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert said.splitlines()[-1] == "False"


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["-m", "pipelines.ingest", "--runner=DirectRunner"],
        ["-m", "pipelines.cli", "ingest"],
    ],
)
def test_the_module_and_the_command_are_the_same_job(
    command: list[str], documents: Path, tmp_path: Path
) -> None:
    dataset = tmp_path / "news"
    flags = [f"--seeds={documents}", f"--output={dataset}", "--entity-model=none"]
    ending = ["--", "--runner=DirectRunner"] if "ingest" in command else []
    done = subprocess.run(
        [sys.executable, *command, *flags, "--run-time=2026-11-20T12:00:00Z", *ending],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "1 stored" in done.stdout
    assert done.stderr == "", "nothing of Beam's own noise"
    assert [path.name[:16] for path in (dataset / "articles").rglob("*.parquet")] == [
        "20261120T120000Z"
    ]


def test_beams_own_options_pass_through() -> None:
    _, options = parse(
        ["--output=x", "--feed=http://a.example/", "--", "--runner=FlinkRunner", "--parallelism=4"],
        "t",
    )
    assert options.get_all_options()["runner"] == "FlinkRunner"
    assert options.get_all_options()["parallelism"] == 4
    with pytest.raises(UsageError, match="--no-such"):
        parse(["--output=x", "--no-such=1"], "t")


def test_a_run_is_named_by_its_time_and_what_it_reads_not_by_where_it_lies() -> None:
    at = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    feeds = [Feed("http://a.example/feed"), Feed("http://b.example/feed")]
    reads = reads_digest(feeds, [])
    assert run_id(at, reads) == f"20261120T120000Z-{reads}"
    assert run_at(run_id(at, reads)) == at
    assert reads_digest(feeds[::-1], []) == reads
    assert reads_digest(feeds[:1], []) != reads
    assert reads_digest([], ["/here/*.txt"]) == reads_digest([], ["/there/*.txt"])


def test_times_and_shares_are_read_as_people_write_them() -> None:
    noon = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    assert run_time("2026-11-20T12:00:00Z") == noon
    assert run_time("2026-11-20T13:00:00.7+01:00") == noon
    assert run_time("2026-11-20 12:00") == noon
    assert (share("5%"), share("0.05")) == (0.05, 0.05)
