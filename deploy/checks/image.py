"""The build stage of the Dockerfile as a shell script that needs no Docker.

    python image.py DOCKERFILE CONTEXT FOLDER > script

COPY copies from CONTEXT into FOLDER/src, RUN runs there, and the environment of the image is
FOLDER/env instead of /opt/newsbeam. Only the instructions that the stage uses are known; another
one is an error, so that nothing is left out unnoticed.
"""

import re
import sys
from pathlib import Path

HOME_IN_IMAGE = "/opt/newsbeam"


def build_stage(text: str) -> list[tuple[str, str]]:
    """The instructions between the first FROM and the second, as (name, rest)."""
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", " ", text)
    lines = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    second = [number for number, line in enumerate(lines) if line[0] == "FROM"][1]
    return [(name, rest) for name, rest in lines[1:second]]


def script(instructions: list[tuple[str, str]], context: Path, folder: Path) -> str:
    """The shell script. Raises ValueError for an instruction that it does not know."""
    said = ["set -eu", f"mkdir -p '{folder}/src'", f"cd '{folder}/src'"]
    for name, rest in instructions:
        rest = rest.replace(HOME_IN_IMAGE, f"{folder}/env")
        if name == "RUN":
            said.append(rest)
        elif name == "ENV":
            said.append(f"export {rest}")
        elif name == "COPY":
            *sources, target = rest.split()
            said += [f"cp -r '{context / source}' '{target}'" for source in sources]
        elif name != "WORKDIR":
            raise ValueError(f"{name} is not known here: {rest}")
    return "\n".join(said) + "\n"


if __name__ == "__main__":
    dockerfile, context, folder = (Path(argument).resolve() for argument in sys.argv[1:4])
    print(script(build_stage(dockerfile.read_text()), context, folder), end="")
