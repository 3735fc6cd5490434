"""`newsbeam explain`: what became of a document."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pipelines.usage import UsageError
from transforms.dataset import Dataset, Snapshot
from transforms.outcomes import REASONS


def run_explain(args: Sequence[str]) -> int:
    """Print outcome, stage, reason and row of one document. 1 if it was never seen."""
    parser = argparse.ArgumentParser(prog="newsbeam explain", allow_abbrev=False)
    parser.add_argument("document", metavar="URL-or-id", help="as discovered, or an article's id")
    parser.add_argument("--dataset", required=True, metavar="DIR")
    parser.add_argument("--json", action="store_true", help="everything, as JSON")
    options = parser.parse_args(args)
    snapshot = open_dataset(options.dataset)
    outcomes = snapshot.outcomes(options.document)
    rows = snapshot.article(options.document)
    if not outcomes and not rows:
        print(f"{options.document}: no run of this dataset has seen it", file=sys.stderr)
        return 1
    rejects = snapshot.rejects(options.document)
    if options.json:
        found = {"outcomes": outcomes, "rows": rows, "rejects": rejects}
        print(json.dumps(found, indent=2, default=_plain))
        return 0
    for outcome in outcomes[:20]:
        print(describe_outcome(outcome))
    if len(outcomes) > 20:
        print(f"… and {len(outcomes) - 20} earlier runs")
    for reject in rejects[:1]:
        size = len(reject["payload"] or b"")
        print(f"refused after {reject['attempts']} tries; {size:,} bytes kept for replay")
    for row in rows:
        print()
        print(describe_row(row))
    return 0


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
    return f"{line}  run {outcome['run_id']}"


def describe_row(row: Mapping[str, Any]) -> str:
    """One version of an article, a line for each column that says something."""
    width = max(map(len, row))
    lines = []
    for name, value in row.items():
        if value in (None, [], ""):
            continue
        shown = value if isinstance(value, str) else json.dumps(value, default=_plain)
        shown = shown.replace("\n", " ⏎ ")
        lines.append(f"{name:<{width}}  {shown if len(shown) <= 160 else shown[:159] + '…'}")
    return "\n".join(lines)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return str(value)
