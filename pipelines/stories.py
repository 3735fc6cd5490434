"""`newsbeam stories`: the stories of a day, on a terminal."""

import argparse
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from pipelines.explain import open_dataset
from pipelines.printable import printable
from pipelines.usage import UsageError
from transforms.syndication import Copy, Story, copies, newest_day, stories


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
    parser.add_argument(
        "--copies", action="store_true", help="with each text of a story, and who printed it"
    )
    parser.add_argument("--json", action="store_true", help="as JSON, one list")
    options = parser.parse_args(args)
    snapshot = open_dataset(options.dataset)
    chosen = options.date or newest_day(snapshot)
    if chosen is None:
        raise UsageError(f"{options.dataset}: no article is stored here yet")
    found = stories(snapshot, chosen)
    told: dict[str, list[Copy]] = {}
    for copy in copies(snapshot, chosen) if options.copies else ():
        told.setdefault(copy.story, []).append(copy)
    if options.json:
        rows = [
            as_json(story) | ({"copies": list(map(as_json, told[story.id]))} if told else {})
            for story in found
        ]
        print(json.dumps(rows, indent=2))
    elif found:
        print("\n".join(table(found, chosen, told)))
    else:
        print(f"{chosen}: no article of that day is stored")
    return 0 if found else 1


def as_json(one: Story | Copy) -> dict[str, Any]:
    """Its fields, times in UTC."""
    return {
        name: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(one).items()
    }


def table(found: Sequence[Story], chosen: date, told: Mapping[str, Sequence[Copy]]) -> list[str]:
    """One line for each story, as wide as the terminal and no wider than 120; after it one for
    each text that is `told` of it, and one for each article that prints it."""
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
        lines += tree(told.get(story.id, ()), width + len(numbers) + 2)
    articles = sum(story.articles for story in found)
    many = "1 story" if len(found) == 1 else f"{len(found)} stories"
    held = "1 article" if articles == 1 else f"{articles} articles"
    lines.append(f"{many} with articles of {chosen}; {held} in all, of other days too")
    return lines


def tree(copies: Sequence[Copy], width: int) -> list[str]:
    """The texts of a story and, in the order of time, who printed them."""
    lines = []
    for _, group in groupby(copies, lambda copy: copy.text):
        printed = list(group)
        agency = printed[0].wire_source
        whose = f"a text of {printable(agency)}" if agency else "a text"
        papers = len({copy.source for copy in printed})
        lines.append(f"  {whose}, printed by {'1 paper' if papers == 1 else f'{papers} papers'}")
        for copy in printed:
            when = (copy.published_at or copy.first_seen_at).astimezone(UTC)
            how = (
                copy.relation
                if copy.containment is None
                else (f"{copy.relation} {copy.containment:.0%}")
            )
            line = (
                f"    {when:%m-%d %H:%M}{' ' if copy.published_at else '?'} {how:<13} "
                f"{printable(copy.source)}{' (credits it)' if copy.credited else ''}: "
                f"{printable(copy.title or copy.url)}"
            )
            lines.append(line if len(line) <= width else f"{line[: width - 1]}…")
    return lines
