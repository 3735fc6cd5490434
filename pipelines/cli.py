"""The `newsbeam` command: thin. Beam is imported only by what runs a pipeline."""

import argparse
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from importlib.metadata import version
from io import TextIOWrapper

from pipelines.failure import cause, is_stop
from pipelines.logs import configure_logging
from pipelines.usage import UsageError

log = logging.getLogger("newsbeam")

USAGE = """newsbeam: news ingestion on Apache Beam.

  newsbeam ingest --feeds FILE | --feed URL | --seeds PATTERN  --output DIR  [-- BEAM OPTIONS]
      read feeds and documents, write articles; run it again and only what is new is stored
  newsbeam stream --feeds FILE  --output DIR  [--every 10m]  [-- BEAM OPTIONS]
      the same for ever: poll feeds when they are due, commit one window at a time
  newsbeam replay 'DIR/archive/*.warc.gz'  --output OTHER  [-- BEAM OPTIONS]
      the same runs again from what `--archive` kept, or any WARC file as a source
  newsbeam replay --rejects DIR  [--reason CODE]
      try again what was rejected or failed; what succeeds now is stored
  newsbeam feeds check FILE | discover URL | status --dataset DIR
      what feeds are, which a site has, and how those of a dataset are
  newsbeam explain URL-or-id --dataset DIR
      what became of a document: outcome, stage, reason, and its row
  newsbeam stories --dataset DIR [--date D] [--copies]
      the stories of a day: headline, articles, publishers, agency, first seen; with --copies
      who printed whose text
  newsbeam fsck DIR [--repair]
      verify a dataset against its manifest; remove what a crash left behind
  newsbeam schema [--json]
      the columns of every table: the contract with consumers
  newsbeam --version

`newsbeam COMMAND --help` has the options. Exit codes: 0 done, 1 failed, 2 wrong usage,
3 done but more failed than --max-failed allows.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    own = args[: args.index("--")] if "--" in args else args
    verbose = "-v" in own or "--verbose" in own
    configure_logging(verbose)
    for out in (sys.stdout, sys.stderr):
        # What cannot be shown is shown escaped: a title must not end a command.
        if isinstance(out, TextIOWrapper):
            out.reconfigure(errors="backslashreplace")
    if not args or args[0] in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0 if args else 2
    if args[0] == "--version":
        print(f"newsbeam {version('newsbeam')}")
        return 0
    command = COMMANDS.get(args[0])
    if command is None:
        names = ", ".join(COMMANDS)
        print(f"newsbeam: no command {args[0]!r}; there are: {names}", file=sys.stderr)
        return 2
    return guarded(command, args[1:], verbose)


def guarded(command: Callable[[list[str]], int], args: list[str], verbose: bool) -> int:
    """Run `command`; one clear line for what went wrong, a traceback only if `verbose`."""
    try:
        stop_on_sigterm()
        return command(args)
    except SystemExit as error:  # argparse
        return error.code if isinstance(error.code, int) else 2
    except BrokenPipeError:
        # The reader of our output left (| head): not our failure.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except UsageError as error:
        print(f"newsbeam: {error}", file=sys.stderr)
        return 2
    except (Exception, KeyboardInterrupt) as error:
        fate = "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
        if is_stop(error):
            print(f"newsbeam: stopped{fate}", file=sys.stderr)
            return 1
        more = "" if verbose else "; -v shows more"
        print(f"newsbeam: {cause(error)}{fate}{more}", file=sys.stderr)
        if verbose:
            log.exception("traceback")
        return 1


def stop_on_sigterm() -> None:
    """SIGTERM ends a command as Ctrl-C does: in order, and with a word about it."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def ingest(args: list[str]) -> int:
    """`newsbeam ingest`."""
    from pipelines.run import run_ingest

    return run_ingest(args)


def stream(args: list[str]) -> int:
    """`newsbeam stream`."""
    from pipelines.stream import run_stream

    return run_stream(args)


def replay(args: list[str]) -> int:
    """`newsbeam replay`."""
    from pipelines.replay import run_replay

    return run_replay(args)


def feeds(args: list[str]) -> int:
    """`newsbeam feeds`."""
    from pipelines.feeds import run_feeds

    return run_feeds(args)


def explain(args: list[str]) -> int:
    """`newsbeam explain`."""
    from pipelines.explain import run_explain

    return run_explain(args)


def stories(args: list[str]) -> int:
    """`newsbeam stories`."""
    from pipelines.stories import run_stories

    return run_stories(args)


def fsck(args: list[str]) -> int:
    """`newsbeam fsck`."""
    from pipelines.fsck import run_fsck

    return run_fsck(args)


def schema(args: list[str]) -> int:
    """`newsbeam schema`."""
    from schemas.tables import describe, describe_json

    parser = argparse.ArgumentParser(prog="newsbeam schema", allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="as JSON")
    options = parser.parse_args(args)
    print(json.dumps(describe_json(), indent=2) if options.json else describe())
    return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "ingest": ingest,
    "stream": stream,
    "replay": replay,
    "feeds": feeds,
    "explain": explain,
    "stories": stories,
    "fsck": fsck,
    "schema": schema,
}

if __name__ == "__main__":
    sys.exit(main())
