"""Flink and Beam's job servers, from published packages, kept in a folder of their own."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from typing import Final

FLINK: Final = "1.20.5"
# The job server is built for one minor version of Flink, and must be of our Beam's version:
# job server and Python workers speak a protocol that is released with Beam.
FLINK_LINE: Final = ".".join(FLINK.split(".")[:2])
BEAM: Final = version("apache-beam")
JOB_SERVER: Final = f"org.apache.beam:beam-runners-flink-{FLINK_LINE}-job-server:{BEAM}"
JOB_SERVER_VARIABLE: Final = "BEAM_FLINK_JOB_SERVER_JAR"
PRISM: Final = f"github.com/apache/beam/sdks/v2/go/cmd/prism@v{BEAM}"


class Unavailable(RuntimeError):
    """A package cannot be had here."""


def _run(command: list[str], seconds: float, env: dict[str, str] | None = None) -> None:
    """Run a package client. Raises Unavailable with its own words."""
    if shutil.which(command[0]) is None:
        raise Unavailable(f"{command[0]} is not installed")
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=seconds,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{command[0]} gave no answer in {seconds:.0f} s") from error
    if done.returncode:
        said = done.stdout + done.stderr
        reason = re.search(r"Could not find artifact \S+", said) or re.search(r"ERROR.*", said)
        why = reason[0] if reason else said.strip()[-200:]
        raise Unavailable(f"{command[0]} ended with {done.returncode}: {why}")


def get_flink(folder: Path) -> Path:
    """The folder with Flink's lib/, opt/ and plugins/.

    They come in the source package of apache-flink-libraries, which holds Flink's published
    jars; a wheel built from it would only copy them, so the archive is read as it is.
    """
    home = folder / f"flink-{FLINK}"
    if (home / "lib").is_dir():
        return home
    archives = folder / "archives"
    packed = archives / f"apache_flink_libraries-{FLINK}.tar.gz"
    if not packed.exists():
        _run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", f"--dest={archives}"),
                *("--no-deps", "--no-binary=:all:", "--no-build-isolation"),
                f"apache-flink-libraries=={FLINK}",
            ],
            seconds=300,
        )
    unpacked = folder / f"flink-{FLINK}.unpacking"
    shutil.rmtree(unpacked, ignore_errors=True)
    with tarfile.open(packed) as archive:
        archive.extractall(unpacked, filter="data")
    (unpacked / packed.name.removesuffix(".tar.gz") / "deps").rename(home)
    shutil.rmtree(unpacked)
    packed.unlink()
    return home


def get_job_server(folder: Path) -> Path:
    """Beam's Flink job server, one jar. Raises Unavailable if Maven does not get it.

    A jar from elsewhere can be named by the variable BEAM_FLINK_JOB_SERVER_JAR.
    """
    given = os.environ.get(JOB_SERVER_VARIABLE)
    if given:
        if not Path(given).is_file():
            raise Unavailable(f"{JOB_SERVER_VARIABLE}={given}: no such file")
        return Path(given).absolute()
    name, number = JOB_SERVER.split(":")[1:]
    jar = folder / "jars" / f"{name}-{number}.jar"
    if not jar.exists():
        _run(
            [
                # -U: Maven remembers for a day that it did not find something.
                *("mvn", "-B", "-U", "dependency:copy", f"-Dartifact={JOB_SERVER}"),
                *(f"-DoutputDirectory={jar.parent}", "-Dmdep.useBaseVersion=true"),
            ],
            seconds=300,
        )
    return jar


def get_prism(folder: Path) -> Path:
    """Beam's Prism, a job server with an engine of its own, built from its Go module."""
    built = folder / f"prism-{BEAM}" / "prism"
    if not built.exists():
        _run(["go", "install", PRISM], seconds=400, env={"GOBIN": str(built.parent)})
    return built


def main(argv: list[str]) -> int:
    """`packages.py prism`: build Prism if it is not there, and print where it is."""
    if argv != ["prism"]:
        print("usage: packages.py prism", file=sys.stderr)
        return 2
    try:
        print(get_prism(Path(__file__).resolve().parents[2] / ".flink"))
    except Unavailable as error:
        print(f"packages.py: no Prism: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
