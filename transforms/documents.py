"""ReadDocuments: path pattern -> Page | Document. Seed files: .txt, .md, .html.

A document's url is `seed:` and its path below the pattern's fixed part, so that a dataset
never holds a path of the machine that made it, and the same files give the same ids anywhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import PurePosixPath
from urllib.parse import quote

import apache_beam as beam
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from apache_beam.pvalue import DoOutputsTuple, PCollection, TaggedOutput
from w3lib.encoding import html_to_unicode

from schemas.elements import Document, Entry, Origin, Page
from transforms.identity import article_id
from transforms.outcomes import Discovered, Ended, Failed, Rejected, end
from transforms.tally import count

MEDIA_TYPES = {
    ".txt": "text/plain",
    ".text": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
}
MAX_BYTES = 10 * 1024 * 1024  # a plain-text article of more is a mistake, not an article
_WILDCARDS = frozenset("*?[")


def fixed_part(pattern: str) -> str:
    """The folder above the first wildcard of `pattern`; for a single file, its folder.

    >>> fixed_part("archive/*/day.txt"), fixed_part("archive/a.txt")
    ('archive', 'archive')
    """
    parts = pattern.split("/")
    for index, part in enumerate(parts[:-1]):
        if _WILDCARDS & set(part):
            return "/".join(parts[:index])
    return "/".join(parts[:-1])


def document_url(path: str, pattern: str) -> str:
    """The url of the document at `path` that `pattern` matched, percent-encoded."""
    # The file system resolves "../" and "./"; comparing resolved forms keeps the two apart.
    fixed = _plain(fixed_part(pattern))
    plain = _plain(path)
    below = plain[len(fixed) :].lstrip("/") if fixed and plain.startswith(fixed) else plain
    return "seed:" + quote(below.lstrip("/"), safe="/")


def _plain(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in (".",):
            parts.append(part)
    return "/".join(parts)


def expand_pattern(pattern: str) -> list[str]:
    """A folder means every document in it and below; anything else is taken as it is."""
    if not _WILDCARDS & set(pattern) and FileSystems.exists(pattern) and _is_folder(pattern):
        return [f"{pattern.rstrip('/')}/**"]
    return [pattern]


def _is_folder(path: str) -> bool:
    matches = FileSystems.match([path.rstrip("/") + "/**"], limits=[1])[0].metadata_list
    return bool(matches)


def match_documents(pattern: str) -> Iterator[tuple[str, str]]:
    """(url, path) of each document that `pattern` matches, of the types that are read."""
    for expanded in expand_pattern(pattern):
        explicit = not expanded.endswith("/**")
        for match in FileSystems.match([expanded])[0].metadata_list:
            suffix = PurePosixPath(match.path).suffix.lower()
            # A folder holds other things too; a pattern that names a file means that file.
            if suffix in MEDIA_TYPES or (explicit and not _WILDCARDS & set(expanded)):
                yield document_url(match.path, expanded), match.path


def read_document_file(url: str, path: str, at: datetime) -> Page | Document:
    """The document at `path`. Raises Rejected or Failed for one that cannot be used."""
    suffix = PurePosixPath(path).suffix.lower()
    media_type = MEDIA_TYPES.get(suffix, "text/plain")
    entry = Entry(origin=document_origin(url))
    try:
        with FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED) as handle:
            body = handle.read(MAX_BYTES + 1)
    except OSError as error:
        raise Failed("file_unreadable", error.strerror or type(error).__name__) from error
    if len(body) > MAX_BYTES:
        raise Rejected("body_too_large", f"more than {MAX_BYTES} bytes")
    if not body.strip():
        raise Rejected("empty_body")
    if suffix in (".html", ".htm", ".xhtml"):
        headers = (("content-type", media_type),)
        return Page(entry, url, 200, headers, body, at)
    if b"\0" in body[:4096] and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Rejected("unsupported_type", "binary, not text", payload=body[:1024])
    return Document(entry, decode_text(body), media_type, at)


def decode_text(body: bytes) -> str:
    """Text of a file that declares no charset: BOM, else UTF-8, else Windows-1252."""
    _, text = html_to_unicode("text/plain", body, default_encoding="utf-8")
    if "�" in text and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            return body.decode("cp1252", errors="replace")
    return text


def document_origin(url: str) -> Origin:
    """The origin of a seed document."""
    discovery = sha256(url.encode()).hexdigest()[:16]
    return Origin(discovery, "document", article_id(url), url, source="seed")


def first_path(match: tuple[str, Iterable[str]]) -> tuple[str, str]:
    """One file for each url: patterns may overlap."""
    url, paths = match
    return url, min(paths)


class _ReadFile(beam.DoFn):
    def __init__(self, run_time: datetime) -> None:
        self.run_time = run_time

    def process(self, element: tuple[str, str]) -> Iterator[Page | Document | Discovered | Ended]:
        url, path = element
        origin = document_origin(url)
        count("documents", "read")
        yield TaggedOutput("discovered", origin)
        try:
            yield read_document_file(url, path, self.run_time)
        except (Rejected, Failed) as ended:
            yield TaggedOutput(
                "outcomes",
                end(
                    origin,
                    ended.outcome,
                    "documents",
                    self.run_time,
                    reason=ended.reason,
                    detail=ended.detail,
                    payload=ended.payload,
                    payload_type="application/octet-stream" if ended.payload else None,
                ),
            )


@dataclass
class ReadDocuments(beam.PTransform):
    """Read the documents that patterns match.

    Outputs: main (Page | Document), discovered (Origin), outcomes (Outcome).
    """

    run_time: datetime

    def expand(self, pcoll: PCollection[str]) -> DoOutputsTuple:
        return (
            pcoll
            | "Match" >> beam.FlatMap(match_documents)
            | "GroupByUrl" >> beam.GroupByKey()
            | "FirstPath" >> beam.Map(first_path)
            | "Spread" >> beam.Reshuffle()
            | "Read"
            >> beam.ParDo(_ReadFile(self.run_time)).with_outputs(
                "discovered", "outcomes", main="main"
            )
        )
