"""What the web said, on a person's terminal."""

import re
from typing import Final

# Control characters, which a terminal obeys; line separators; and marks that reverse a line.
_OBEYED: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """`text` on one line, with what a terminal would obey instead of show as escapes."""
    return _OBEYED.sub(lambda match: ascii(match[0])[1:-1], text)
