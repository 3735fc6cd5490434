"""What to say of a run that failed: what it was, where, and what is left of it.

Beam raises what happened in a stage anew: as a RuntimeError that begins with the name of the
first type, ends with the stage, and may have the traceback of a worker in between.
"""

import re
from typing import Final

_IN_STAGE: Final = re.compile(r" \[while running '([^']*)'\]")
_TYPE: Final = re.compile(r"(?:\w+\.)*(\w+): ?")


def cause(error: BaseException) -> str:
    """One line: the type and message of what went wrong, and the stage if it was in one."""
    name, said, stage = _first(error)
    where = f" (at {stage})" if stage else ""
    return f"{name}: {said}{where}" if said else f"{name}{where}"


def kind(error: BaseException) -> str:
    """The name of the type of what went wrong."""
    return _first(error)[0]


def is_stop(error: BaseException) -> bool:
    """Whether nothing failed, but somebody wanted it to end."""
    return kind(error) == "KeyboardInterrupt"


def _first(error: BaseException) -> tuple[str, str, str | None]:
    name, text = type(error).__name__, str(error)
    stage = _IN_STAGE.search(text)
    said = (text.splitlines() or [""])[0]
    if stage:
        said = _IN_STAGE.sub("", said)
        inner = _TYPE.match(f"{said} " if said.endswith(":") else said)
        if isinstance(error, RuntimeError) and inner:
            name, said = inner[1], said[inner.end() :]
        elif isinstance(error, RuntimeError) and said.isidentifier():
            name, said = said, ""
    return name, said.strip(), stage[1] if stage else None
