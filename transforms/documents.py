"""ReadDocuments: path pattern -> Page | Document. Seed files: .txt, .md, .html.

A document's url is `seed:` and its path below the pattern's fixed part, so that a dataset
never holds a path of the machine that made it, and the same files give the same ids anywhere.
"""

import os
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

from schemas.elements import Document, Entry, Origin, Page, Run
from transforms.charset import decode
from transforms.identity import article_id
from transforms.outcomes import Discovered, Ended, Failed, Rejected, end
from transforms.runs import RunInput
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
_ANY_CHARACTER = dict.fromkeys(map(ord, _WILDCARDS), "?")  # Beam's patterns know no quoting


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
    return _url_below(path, fixed)


def _url_below(path: str, folder: str) -> str:
    plain = _plain(path)
    below = plain[len(folder) :].lstrip("/") if folder and plain.startswith(folder) else plain
    # A name is bytes on a POSIX disk, and not always UTF-8; each byte keeps its own escape.
    return "seed:" + quote(os.fsencode(below.lstrip("/")), safe="/")


def _plain(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in (".",):
            parts.append(part)
    return "/".join(parts)


def match_documents(pattern: str) -> Iterator[tuple[str, str]]:
    """(url, path) of each document that `pattern` matches, of the types that are read.

    A folder means every document in it and below. What exists under the very name of the
    pattern is meant, even if a name has wildcards in it: a shell that expands a pattern of its
    own hands us names.
    """
    if not FileSystems.exists(pattern):
        for path in _match(pattern):
            if _is_read(path):
                yield document_url(path, pattern), path
        return
    folder = pattern.rstrip("/")
    inside = _match(f"{folder.translate(_ANY_CHARACTER)}/**")
    below = [path for path in inside if path.startswith(f"{folder}/")]
    if not below and not os.path.isdir(folder):
        # A folder holds other things too; a pattern that names a file means that file.
        yield _url_below(pattern, _plain(folder.rpartition("/")[0])), pattern
    for path in below:
        if _is_read(path):
            yield _url_below(path, _plain(folder)), path


def _match(pattern: str) -> list[str]:
    return [match.path for match in FileSystems.match([pattern])[0].metadata_list]


def _is_read(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in MEDIA_TYPES


def match_files(pattern: str) -> Iterator[tuple[str, bytes]]:
    """`match_documents` with its paths as bytes, which no coder of Beam refuses."""
    for url, path in match_documents(pattern):
        yield url, os.fsencode(path)


def read_document_file(url: str, path: str, at: datetime) -> Page | Document:
    """The document at `path`. Raises Rejected or Failed for one that cannot be used."""
    suffix = PurePosixPath(path).suffix.lower()
    media_type = MEDIA_TYPES.get(suffix, "text/plain")
    entry = Entry(origin=document_origin(url))
    if os.path.exists(path) and not os.path.isfile(path):
        # Reading a pipe or a device may never end.
        raise Failed("file_unreadable", "not a regular file")
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
    """Text of a file that declares no charset. Raises Rejected undecodable."""
    return decode(body, None)


def document_origin(url: str) -> Origin:
    """The origin of a seed document."""
    discovery = sha256(url.encode()).hexdigest()[:16]
    return Origin(discovery, "document", article_id(url), url, source="seed")


def first_path(match: tuple[str, Iterable[bytes]]) -> tuple[str, bytes]:
    """One file for each url: patterns may overlap."""
    url, paths = match
    return url, min(paths)


class _ReadFile(beam.DoFn):
    def process(
        self, element: tuple[str, bytes], run: Run
    ) -> Iterator[Page | Document | Discovered | Ended]:
        url, path = element
        origin = document_origin(url)
        count("documents", "read")
        yield TaggedOutput("discovered", origin)
        try:
            yield read_document_file(url, os.fsdecode(path), run.at)
        except (Rejected, Failed) as ended:
            yield TaggedOutput(
                "outcomes",
                end(
                    origin,
                    ended.outcome,
                    "documents",
                    run.at,
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

    run: RunInput

    def expand(self, pcoll: PCollection[str]) -> DoOutputsTuple:
        return (
            pcoll
            | "Match" >> beam.FlatMap(match_files)
            | "GroupByUrl" >> beam.GroupByKey()
            | "FirstPath" >> beam.Map(first_path)
            | "Spread" >> beam.Reshuffle()
            | "Read"
            >> beam.ParDo(_ReadFile(), self.run).with_outputs("discovered", "outcomes", main="main")
        )
