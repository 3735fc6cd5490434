"""A stream is told to stop by SIGTERM or Ctrl-C."""

import signal
import threading
from types import FrameType
from typing import Final

# Seconds that a window in work may take to end when the stream is told to stop. systemd and
# Kubernetes wait longer (90 and, in our manifests, 120) before they kill.
PATIENCE: Final = 60.0


class Stop:
    """Set by SIGTERM or SIGINT; waiting for it wakes at once."""

    def __init__(self) -> None:
        self.event = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told)

    def _told(self, number: int, frame: FrameType | None) -> None:
        self.event.set()
