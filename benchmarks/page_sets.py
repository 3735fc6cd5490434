"""More public sets of pages, for what kinds of page there are; read like those of `corpora`.

article-extraction-dataset        AndyTheFactory: 421 news pages (Apache 2)
fundus-evaluation                 dobbersc: 80 news pages of 16 publishers (MIT)
newspaper                         codelucas, tests: 157 articles, home and section pages (MIT)
parser                            postlight, fixtures: 150 pages of as many sites (Apache 2)
readability                       mozilla, test pages: those of 130 that say their URL (Apache 2)
web-content-extraction-benchmark  Murrough-Foley: 2,008 pages of 7 types (CC BY 4.0), of which
                                  the articles and the listings are read here

The pages are their publishers'. None of them is part of this project, and none may become so.
"""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.corpora import Gold, folder, load

_NO_URL = ""
_LISTS = ("article", "listing")
_DECLARED_URL = (
    re.compile(rb"<link[^>]{0,300}rel=[\"']?canonical[^>]{0,300}?href=[\"'](https?://[^\"']+)"),
    re.compile(rb"<link[^>]{0,300}href=[\"'](https?://[^\"']+)[\"'][^>]{0,300}rel=[\"']?canonical"),
    re.compile(rb"property=[\"']og:url[\"'][^>]{0,300}?content=[\"'](https?://[^\"']+)"),
    re.compile(rb"content=[\"'](https?://[^\"']+)[\"'][^>]{0,300}property=[\"']og:url"),
)


def load_all() -> Iterator[Gold]:
    """Every page of every set, in order, each body and each URL once."""
    seen: set[bytes | str] = set()
    for corpus in (*_NEWS, *_LOADERS):
        pages = load(corpus) if corpus in _NEWS else _LOADERS[corpus](folder(corpus))
        for page in sorted(pages, key=lambda page: page.name):
            if not page.url.startswith("http"):
                page = replace(page, url=_declared_url(page.body, page.name))
            # Two pages that declare the same URL may differ, but hardly ever do.
            marks = {page.body, re.sub(r"^https?://(?:www\.)?|[/?#]*$", "", page.url)}
            if not marks & seen:
                yield page
            seen |= marks


def _declared_url(body: bytes, name: str) -> str:
    """The URL that a page was saved from, as it says.

    Else one made of its file's name, of a story: most are, and no more is known.
    """
    for pattern in _DECLARED_URL:
        match = pattern.search(body)
        if match:
            return match[1].decode("ascii", "replace")
    host = re.sub(r"(?:--.*|[0-9]*)[.]html$|_.*$", "", name)
    return f"http://{host}/a-story-whose-address-is-unknown" if host else _NO_URL


def _article_extraction_dataset(root: Path) -> Iterator[Gold]:
    corpus = "article-extraction-dataset"
    for name, row in json.loads((root / "articles.json").read_text("utf-8")).items():
        path = root / "html" / f"{name}.html"
        if path.is_file():
            yield Gold(corpus, name, row["url"], path.read_bytes(), text=row["articleBody"])


def _fundus_evaluation(root: Path) -> Iterator[Gold]:
    truth = json.loads((root / "dataset/ground_truth.json").read_text("utf-8"))
    for name, row in truth.items():
        body = gzip.decompress((root / "dataset/html" / name).read_bytes())
        yield Gold("fundus-evaluation", name, row["url"], body, text="\n".join(row["body"]))


def _newspaper(root: Path) -> Iterator[Gold]:
    for path in (root / "tests/data/html").glob("*.html"):
        body = path.read_bytes()
        yield Gold("newspaper", path.name, _declared_url(body, path.name), body)


def _parser(root: Path) -> Iterator[Gold]:
    for path in (root / "fixtures").glob("*.html"):
        body = path.read_bytes()
        yield Gold("parser", path.name, _declared_url(body, path.name), body)


def _readability(root: Path) -> Iterator[Gold]:
    for path in (root / "test/test-pages").glob("*/source.html"):
        body = path.read_bytes()
        url = _declared_url(body, "")
        # The others are invented, each for something that Readability does to markup.
        if url != _NO_URL:
            yield Gold("readability", path.parent.name, url, body)


def _web_content_extraction(root: Path) -> Iterator[Gold]:
    for path in root.glob("*/ground-truth/*.json"):
        row = json.loads(path.read_text("utf-8"))
        name = f"{path.parts[-3]}/{path.stem}"
        page = root / path.parts[-3] / "html" / f"{path.stem}.html.gz"
        if row["_internal"]["page_type"]["primary"] in _LISTS and page.is_file():
            body = gzip.decompress(page.read_bytes())
            text = row["ground_truth"].get("main_content")
            url = row.get("url") or _declared_url(body, path.stem)
            yield Gold("web-content-extraction-benchmark", name, url, body, text=text)


_NEWS = ("article-extraction-benchmark", "fundus", "trafilatura", "htmldate")
_LOADERS = {
    "article-extraction-dataset": _article_extraction_dataset,
    "fundus-evaluation": _fundus_evaluation,
    "newspaper": _newspaper,
    "parser": _parser,
    "readability": _readability,
    "web-content-extraction-benchmark": _web_content_extraction,
}
