"""`newsbeam ingest --reject-flags`: each flag there is makes a rejection of its own name."""

from pathlib import Path

import duckdb
import pytest

from pipelines.cli import main
from tests.pipelines.newssite import paragraphs
from transforms.quality import FLAGS

RUN_TIME = "2026-11-20T12:00:00+00:00"
DAY = '<meta property="article:published_time" content="2026-11-19T08:00:00Z">'
LONG = [text * 2 for text in paragraphs("quay", 6)]
NOTICE = (
    "We value your privacy. We and our partners store and/or access information on a device. "
    "Choose accept all, or manage your choices. You may withdraw your consent at any time, here or "
    "from the foot of every page, and we will ask you again in six months from now."
)


def html(
    body: list[str], head: str = DAY, title: str = "Tram to the quay", lang: str = "en"
) -> str:
    """A page with an article of these paragraphs."""
    heading = f"<h1>{title}</h1>" if title else ""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in body)
    return (
        f"<!DOCTYPE html><html lang='{lang}'><head><title>{title}</title>{head}</head>"
        f"<body><article>{heading}{text}</article></body></html>"
    )


def json_ld(fields: str) -> str:
    return f'{DAY}<script type="application/ld+json">{{{fields}}}</script>'


def links(count: int) -> list[str]:
    return [f'<a href="/a/{n}">Headline number {n} of this long day</a>' for n in range(count)]


PAGES = {
    "too_short": html(["The tram to the quay is late today, the council of Ostrel said."]),
    "index_page": html(links(30)),
    "consent_page": html([NOTICE]),
    "paywall": html(LONG[:1], json_ld('"@type":"NewsArticle","isAccessibleForFree":false')),
    "liveblog": html(LONG, json_ld('"@type":"LiveBlogPosting"')),
    "media_page": html(LONG[:1], DAY + '<meta property="og:type" content="video.other">'),
    "list_tail": html([*LONG, "Read also:", *links(4)]),
    "boilerplate": html(
        [
            LONG[0][:400],
            *[
                f"The terms of use and the privacy policy of house {n} were read by many, and the"
                " newsletter of the quay was asked for by those who live there."
                for n in range(9)
            ],
        ]
    ),
    "other_language": html(LONG, lang="de"),
    "fallback_text": html(
        ["A note."], json_ld(f'"@type":"NewsArticle","articleBody":"{" ".join(LONG)}"')
    ),
    "shortened": html([*LONG, f"</p><ul>{'<li>Quay</li>' * 21_000}</ul><p>"]),
    "dates_disagree": html(LONG, json_ld('"@type":"NewsArticle","datePublished":"2026-11-10"')),
    "future_date": html(LONG, '<meta property="article:published_time" content="2027-03-01">'),
    "no_date": html(LONG, head=""),
    "title_missing": html(LONG, title=""),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name, text in {**PAGES, "article": html(LONG)}.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


def ingest(folder: Path, dataset: Path, *options: str) -> int:
    command = ["ingest", f"--seeds={folder}", f"--output={dataset}", f"--run-time={RUN_TIME}"]
    return main([*command, "--entity-model=none", *options])


def rows(dataset: Path, table: str, select: str) -> list[tuple[str, object]]:
    files = f"read_parquet('{dataset}/{table}/**/*.parquet', union_by_name=true)"
    found = duckdb.execute(f"SELECT {select} FROM {files}").fetchall()
    return [(Path(url).stem.removeprefix("seed:"), value) for url, value in found]


def test_every_flag_has_a_page() -> None:
    assert set(PAGES) == set(FLAGS)


def test_flags_that_are_to_reject_do(folder: Path, tmp_path: Path) -> None:
    options = [f"--reject-flags={flag}" for flag in FLAGS]
    assert ingest(folder, tmp_path / "news", *options) == 0
    ends = rows(tmp_path / "news", "ledger", "url, [outcome, reason]")
    assert sorted(ends) == sorted(
        [*((name, ["rejected", name]) for name in PAGES), ("article", ["stored", None])]
    )
