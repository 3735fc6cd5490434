"""Every option of a run: once, with its help and default.

The same definitions serve the `newsbeam` command and Beam's own option parsing, so that
`newsbeam ingest ... -- --runner=X` and `python -m pipelines.ingest ... --runner=X` are one job.
"""

import argparse
import re
from datetime import UTC, datetime

from apache_beam.options.pipeline_options import PipelineOptions

from transforms.entities import DEFAULT_MODEL
from transforms.http import PROJECT_URL
from transforms.quality import FLAGS
from transforms.read_page import MODES
from transforms.stories import DUPLICATE_DAYS


def run_time(value: str) -> datetime:
    """An ISO 8601 instant, to the second, in UTC. Without a zone, UTC is taken."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{value!r} is not a time like 2024-11-01T12:00:00Z"
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if not 1970 < moment.year < 9999:
        raise argparse.ArgumentTypeError(f"{value!r}: no run takes place in {moment.year}")
    return moment.astimezone(UTC).replace(microsecond=0)


def share(value: str) -> float:
    """A share: 0.05 or 5%."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(%?)", value.strip())
    number = float(match[1]) / (100 if match[2] else 1) if match else -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{value!r} is not a share like 0.05 or 5%")
    return number


def seconds(value: str) -> float:
    """A non-negative number of seconds."""
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < 86_400:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number of seconds")
    return number


def positive(value: str) -> int:
    """A whole number above zero."""
    if not value.isdigit() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is not a whole number above 0")
    return int(value)


def add_ingest_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `newsbeam ingest`."""
    add_source_arguments(parser)
    add_output_arguments(parser)
    add_archive_argument(parser)
    add_fetch_arguments(parser)
    add_reading_arguments(parser)
    add_ending_arguments(parser)


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    """What to read."""
    what = parser.add_argument_group("what to read (at least one)")
    what.add_argument(
        "--feeds",
        action="append",
        default=[],
        metavar="FILE",
        help="a list of feeds: OPML, CSV (a column url) or text (one URL a line); repeatable",
    )
    what.add_argument(
        "--feed", action="append", default=[], metavar="URL", help="one feed; repeatable"
    )
    what.add_argument(
        "--seeds",
        action="append",
        nargs="+",
        default=[],
        metavar="PATTERN",
        help="documents to read: a pattern ('docs/*.txt'), a file or a folder; .txt .md .html",
    )


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to write."""
    where = parser.add_argument_group("where to write")
    where.add_argument(
        "--output", default=None, metavar="DIR", help="the dataset; made if it does not exist"
    )
    where.add_argument(
        "--run-time",
        type=run_time,
        default=None,
        metavar="TIME",
        help="logical time of the run, ISO 8601; the same time again replaces that run "
        "(default: now)",
    )
    where.add_argument(
        "--shards",
        type=positive,
        default=1,
        metavar="N",
        help="files for each day and run (default: 1)",
    )


def add_archive_argument(parser: argparse.ArgumentParser) -> None:
    """Whether to keep what came."""
    keep = parser.add_argument_group("what to keep")
    keep.add_argument(
        "--archive",
        action="store_true",
        help="keep every response, in WARC files below DIR/archive, for `newsbeam replay`",
    )


def add_fetch_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of every command that goes to the network."""
    fetch = parser.add_argument_group("how to fetch")
    fetch.add_argument(
        "--contact",
        default=PROJECT_URL,
        metavar="URL-or-MAIL",
        help="who answers for the requests; goes into the user agent",
    )
    fetch.add_argument(
        "--allow-address",
        action="append",
        default=[],
        metavar="ADDRESS_OR_NETWORK",
        help="a private address or network that may be fetched from (default: none); repeatable",
    )
    fetch.add_argument(
        "--host-delay",
        type=seconds,
        default=1.0,
        metavar="SECONDS",
        help="pause between two requests to one host (default: 1; robots.txt can raise it)",
    )
    fetch.add_argument(
        "--timeout",
        type=seconds,
        default=30.0,
        metavar="SECONDS",
        help="for one request, redirects and body included (default: 30)",
    )


def add_reading_arguments(parser: argparse.ArgumentParser) -> None:
    """What to make of it."""
    make = parser.add_argument_group("what to make of it")
    make.add_argument(
        "--entity-model",
        default=DEFAULT_MODEL,
        metavar="NAME",
        help="an installed spaCy pipeline, by name or path, or one for each language "
        f"(en=NAME,fr=NAME); none: no entities (default: {DEFAULT_MODEL})",
    )
    make.add_argument(
        "--event-window",
        type=positive,
        default=30,
        metavar="DAYS",
        help="an article of a feed dated longer ago is filed under the day it was fetched "
        "(default: 30)",
    )
    make.add_argument(
        "--duplicate-window",
        type=positive,
        default=DUPLICATE_DAYS,
        metavar="DAYS",
        help="copies of articles of so many days are found; the very same text is, of any day "
        f"(default: {DUPLICATE_DAYS})",
    )
    make.add_argument(
        "--extraction",
        default="balanced",
        choices=tuple(MODES),
        help="how to look for the text of a page: fast takes a fifth less time, precise leaves "
        "more out (default: balanced)",
    )
    make.add_argument(
        "--workers",
        type=positive,
        default=None,
        metavar="N",
        help="processes that read pages and articles, for each process of the runner "
        "(default: one for each core of a local run, else 1)",
    )
    make.add_argument(
        "--reject-flags",
        action="append",
        default=[],
        metavar="FLAG",
        choices=tuple(FLAGS),
        help="reject articles with this quality flag (default: keep them, flagged); "
        f"repeatable; flags: {', '.join(FLAGS)}",
    )


def add_ending_arguments(parser: argparse.ArgumentParser) -> None:
    """How to end."""
    ending = parser.add_argument_group("how to end")
    ending.add_argument(
        "--max-failed",
        type=share,
        default=None,
        metavar="SHARE",
        help="exit with 3 if a larger share of documents or of feeds failed (default: off)",
    )


class IngestOptions(PipelineOptions):
    """The options of a run, beside Beam's own."""

    @classmethod
    def _add_argparse_args(cls, parser: argparse.ArgumentParser) -> None:
        add_ingest_arguments(parser)
