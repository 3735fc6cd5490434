"""`newsbeam fsck`: verify a dataset against its manifest."""

import argparse
import os
import time
from collections.abc import Iterator, Sequence

from pipelines.explain import open_dataset
from transforms.fsck import Report, check, repair


def advice(report: Report, repaired: bool) -> Iterator[str]:
    """What to do about what was found, a line each."""
    lost = (*report.missing, *report.corrupt)
    # A file is named after its run, and a run after its logical time.
    for time_ in sorted({os.path.basename(path)[:16] for path in lost}):
        yield (
            f"to do: put the files of {time_} back from a backup; or run the same command again "
            f"with --run-time {time_}, which replaces them by what it finds now"
        )
    if (report.orphans or report.staging or report.leftovers) and not repaired:
        yield "to do: orphans, staging and leftovers are removed by --repair, once old enough"
    if report.strangers:
        yield "to do: strangers are not newsbeam's; move them away, readers of folders read them"


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
    for line in advice(report, options.repair):
        print(line)
    return 1 if report.damaged else 0
