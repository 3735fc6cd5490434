"""The options that only `newsbeam stream` has."""

import argparse
import re
from typing import Final

from pipelines.usage import UsageError

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
DEFAULT_WINDOW: Final = 300


def duration(value: str) -> int:
    """Seconds: 90s, 10m, 1h or 1d."""
    match = re.fullmatch(r"([1-9]\d{0,5})([smhd])", value.strip())
    if not match:
        raise argparse.ArgumentTypeError(f"{value!r} is not a duration like 90s, 10m or 1h")
    return int(match[1]) * _UNITS[match[2]]


def address(value: str) -> tuple[str, int]:
    """Host and port: 9477, 0.0.0.0:9477 or [::]:9477."""
    host, _, port = value.rpartition(":")
    if not port.isdigit() or int(port) > 65_535:
        raise argparse.ArgumentTypeError(f"{value!r} is not a port, or HOST:PORT")
    return host.strip("[]") or "127.0.0.1", int(port)


def add_stream_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that only `newsbeam stream` has."""
    rhythm = parser.add_argument_group("how to stream")
    rhythm.add_argument(
        "--every",
        type=duration,
        default=600,
        metavar="DURATION",
        help="how often a feed is polled, unless its own signals ask for a longer rest: 90s, 10m, "
        "1h (default: 10m)",
    )
    rhythm.add_argument(
        "--window",
        type=duration,
        default=None,
        metavar="DURATION",
        help="from the begin of one window to the next: each polls the feeds that are due and is "
        "committed as a whole (default: 5m, or --every if that is shorter)",
    )
    rhythm.add_argument(
        "--windows",
        type=int,
        default=None,
        metavar="N",
        help="end after N windows (default: never)",
    )
    rhythm.add_argument(
        "--metrics-address",
        type=address,
        default=None,
        metavar="[HOST:]PORT",
        help="serve metrics in Prometheus' format there; without a host on 127.0.0.1, port 0: any "
        "free one (default: off)",
    )


def check_stream_arguments(args: argparse.Namespace) -> None:
    """Fill in what was left open. Raises UsageError for what does not go together."""
    if args.run_time:
        raise UsageError("--run-time belongs to a single run; a stream's windows have their own")
    if args.window is None:
        args.window = min(DEFAULT_WINDOW, args.every)
    if args.window > args.every:
        raise UsageError("--window is longer than --every: a feed is polled once in a window")
    if args.windows is not None and args.windows < 1:
        raise UsageError(f"--windows {args.windows}: at least 1")
