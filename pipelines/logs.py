"""Logging: to standard error, one logfmt line for each event worth a human's time."""

import logging
import sys
from datetime import UTC, datetime

from pipelines.printable import printable


class LogfmtFormatter(logging.Formatter):
    """`2024-11-01T12:00:00Z warning newsbeam the message`; a traceback only when asked."""

    def __init__(self, verbose: bool) -> None:
        super().__init__()
        self.verbose = verbose

    def format(self, record: logging.LogRecord) -> str:
        """One line for a record; line breaks in a message are escaped."""
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        message = printable(record.getMessage())
        line = f"{at} {record.levelname.lower()} {record.name} {message}"
        if record.exc_info and self.verbose:
            line += "\n" + self.formatException(record.exc_info)
        return line


def configure_logging(verbose: bool = False) -> None:
    """newsbeam's own events always; those of Beam and other libraries only if `verbose`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogfmtFormatter(verbose))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO if verbose else logging.CRITICAL)
    logging.getLogger("newsbeam").setLevel(logging.DEBUG if verbose else logging.INFO)
