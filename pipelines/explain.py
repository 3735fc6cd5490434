"""`newsbeam explain`: what became of a document."""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from pipelines.printable import printable
from pipelines.usage import UsageError
from transforms.dataset import Dataset, Snapshot
from transforms.identity import article_id, canonical_url
from transforms.outcomes import REASONS


def run_explain(args: Sequence[str]) -> int:
    """Print outcome, stage, reason and row of one document, or the polls of a feed.

    1 if it was never seen.
    """
    parser = argparse.ArgumentParser(prog="newsbeam explain", allow_abbrev=False)
    parser.add_argument(
        "document", metavar="URL-or-id", help="an article's or a feed's URL, or an article's id"
    )
    parser.add_argument("--dataset", required=True, metavar="DIR")
    parser.add_argument("--json", action="store_true", help="everything, as JSON")
    options = parser.parse_args(args)
    snapshot = open_dataset(options.dataset)
    polls = snapshot.polls(options.document)
    if polls and not options.json:
        for poll in polls[:20]:
            print(describe_poll(poll))
        return 0
    for name in spellings(options.document):
        outcomes = snapshot.outcomes(name)
        rows = snapshot.article(name)
        if outcomes or rows or polls:
            break
    else:
        print(
            printable(
                f"{options.document}: no run of this dataset has seen it; "
                "give a URL, a seed: URL, a feed's URL or an id of 32 hex digits"
            ),
            file=sys.stderr,
        )
        return 1
    rejects = snapshot.rejects(outcomes[0]["url"] if outcomes else options.document)
    if options.json:
        found = {"outcomes": outcomes, "rows": rows, "rejects": rejects, "polls": polls}
        print(json.dumps(found, indent=2, default=_plain))
        return 0
    for outcome in outcomes[:20]:
        print(describe_outcome(outcome))
    if len(outcomes) > 20:
        print(f"… and {len(outcomes) - 20} earlier runs")
    for reject in rejects[:1]:
        size = len(reject["payload"] or b"")
        tries = "1 try" if reject["attempts"] == 1 else f"{reject['attempts']} tries"
        print(f"ended after {tries}; {size:,} bytes are kept in rejects/")
    for row in rows:
        print()
        print(describe_row(row))
    return 0


def spellings(document: str) -> list[str]:
    """What `document` may be called in the ledger, most literal first.

    An article's id is made of its canonical URL, so any spelling of that URL leads to it; so do
    the other scheme and a slash more or less at its end, which people get wrong.
    """
    names = [document]
    if document.startswith("seed:"):
        names.append("seed:" + quote(document.removeprefix("seed:"), safe="/"))
    bare = re.sub(r"^https?://", "", document, flags=re.IGNORECASE)
    schemes = ("http", "https") if document.lower().startswith("http:") else ("https", "http")
    for end in (bare, bare.rstrip("/"), f"{bare}/"):
        for scheme in schemes:
            try:
                names.append(article_id(canonical_url(f"{scheme}://{end}")))
            except ValueError:
                continue
    return list(dict.fromkeys(names))


def describe_poll(poll: Mapping[str, Any]) -> str:
    """One poll of a feed in words."""
    line = f"{poll['at']:%Y-%m-%d %H:%M:%S}Z  feed {poll['outcome']}, health {poll['health']}"
    if poll["reason"]:
        line += f": {poll['reason']} ({REASONS.get(poll['reason'], 'unknown code')})"
    else:
        line += f", {poll['entries']} entries, {poll['new_entries']} new"
    return printable(f"{line}  run {poll['run_id']}")


def open_dataset(path: str) -> Snapshot:
    """The dataset at `path`, as of now. Raises UsageError."""
    try:
        snapshot = Dataset(path).snapshot()
    except ValueError as error:
        raise UsageError(str(error)) from error
    if snapshot.seq == 0:
        raise UsageError(f"{path}: there is no dataset here (no _meta/CURRENT)")
    return snapshot


def describe_outcome(outcome: Mapping[str, Any]) -> str:
    """One line of the ledger in words."""
    line = f"{outcome['at']:%Y-%m-%d %H:%M:%S}Z  {outcome['outcome']} at {outcome['stage']}"
    if outcome["reason"]:
        line += f": {outcome['reason']} ({REASONS.get(outcome['reason'], 'unknown code')})"
    if outcome["detail"]:
        line += f" [{outcome['detail']}]"
    return printable(f"{line}  run {outcome['run_id']}")


def describe_row(row: Mapping[str, Any]) -> str:
    """One version of an article, a line for each column that says something."""
    width = max(map(len, row))
    lines: list[str] = []
    for name, value in row.items():
        if value in (None, [], ""):
            continue
        if name.endswith("_evidence") and isinstance(value[0], Mapping):
            lines.extend(f"{name:<{width}}  {describe_candidate(one)}" for one in value)
            continue
        text = value if isinstance(value, str) else json.dumps(value, default=_plain)
        text = printable(text.replace("\n", " ⏎ "))
        lines.append(f"{name:<{width}}  {text if len(text) <= 160 else text[:159] + '…'}")
    return "\n".join(lines)


def describe_candidate(candidate: Mapping[str, Any]) -> str:
    """One candidate for a date or another field, and where it was found."""
    names = ["*"] if candidate.get("chosen") else []
    names += [candidate["field"]] if "field" in candidate else []
    said = ", ".join(str(v) for k, v in candidate.items() if k in ("source", "precision", "zone"))
    text = printable(f"{' '.join([*names, candidate['value']])} ({said})")
    return text if len(text) <= 160 else text[:159] + "…"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return str(value)
