"""`newsbeam stories`: the stories of a day, on a terminal."""

import argparse
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date

from pipelines.explain import open_dataset
from pipelines.printable import printable
from pipelines.usage import UsageError
from transforms.syndication import Story, newest_day, stories


def day(value: str) -> date:
    """A day: 2026-11-20."""
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{value!r} is not a day like 2026-11-20") from error


def run_stories(args: Sequence[str]) -> int:
    """Print the stories of a day, the most printed first. 1 if the day has no article."""
    parser = argparse.ArgumentParser(prog="newsbeam stories", allow_abbrev=False)
    parser.add_argument("--dataset", required=True, metavar="DIR")
    parser.add_argument(
        "--date", type=day, default=None, metavar="D", help="UTC day (default: the newest)"
    )
    parser.add_argument("--json", action="store_true", help="as JSON, one list")
    options = parser.parse_args(args)
    snapshot = open_dataset(options.dataset)
    chosen = options.date or newest_day(snapshot)
    if chosen is None:
        raise UsageError(f"{options.dataset}: no article is stored here yet")
    found = stories(snapshot, chosen)
    if options.json:
        rows = [
            asdict(story) | {"first_seen_at": story.first_seen_at.astimezone(UTC).isoformat()}
            for story in found
        ]
        print(json.dumps(rows, indent=2))
    elif found:
        print("\n".join(table(found, chosen)))
    else:
        print(f"{chosen}: no article of that day is stored")
    return 0 if found else 1


def table(found: Sequence[Story], chosen: date) -> list[str]:
    """One line for each story, as wide as the terminal and no wider than 120."""
    agencies = max(len("wire"), *(len(story.wire_source or "-") for story in found))
    numbers = f"{'articles':>8}  {'papers':>6}  {'wire':<{agencies}}  {'first seen':<11}"
    width = max(min(shutil.get_terminal_size().columns, 120), 60) - len(numbers) - 2
    lines = [f"{'story':<{width}}  {numbers}".rstrip()]
    for story in found:
        headline = printable(story.headline or f"(no headline) {story.representative}")
        if len(headline) > width:
            headline = f"{headline[: width - 1]}…"
        lines.append(
            f"{headline:<{width}}  {story.articles:>8}  {story.publishers:>6}  "
            f"{printable(story.wire_source or '-'):<{agencies}}  "
            f"{story.first_seen_at.astimezone(UTC):%m-%d %H:%M}"
        )
    articles = sum(story.articles for story in found)
    many = "1 story" if len(found) == 1 else f"{len(found)} stories"
    held = "1 article" if articles == 1 else f"{articles} articles"
    lines.append(f"{many} with articles of {chosen}; {held} in all, of other days too")
    return lines
