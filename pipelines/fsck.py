"""`newsbeam fsck`: verify a dataset against its manifest."""

import argparse
import time
from collections.abc import Sequence

from pipelines.explain import open_dataset
from transforms.fsck import check, repair


def run_fsck(args: Sequence[str]) -> int:
    """Print what is wrong; with --repair remove orphans. 1 if something listed is damaged."""
    parser = argparse.ArgumentParser(prog="newsbeam fsck", allow_abbrev=False)
    parser.add_argument("dataset", metavar="DIR")
    parser.add_argument(
        "--repair", action="store_true", help="remove orphans and stale staging, once old enough"
    )
    parser.add_argument(
        "--grace",
        type=float,
        default=24.0,
        metavar="HOURS",
        help="leave younger orphans alone, a run may be writing them (default: 24)",
    )
    options = parser.parse_args(args)
    open_dataset(options.dataset)
    report = check(options.dataset)
    for line in report.lines():
        print(line)
    if options.repair:
        for path in repair(options.dataset, options.grace * 3600, time.time()):
            print(f"removed {path}")
    return 1 if report.damaged else 0
