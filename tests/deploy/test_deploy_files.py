"""The files of deploy/: what they say of newsbeam is still true, and what they name is pinned."""

import ast
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from pipelines.cli import COMMANDS, main
from pipelines.job import parse
from pipelines.options import add_ingest_arguments
from pipelines.stream import add_stream_arguments

REPO = Path(__file__).parents[2]
DEPLOY = REPO / "deploy"
MANIFESTS = sorted({*DEPLOY.rglob("*.yaml"), *DEPLOY.rglob("*.yml")})
PAGES = [REPO / "README.md", *sorted(DEPLOY.rglob("*.md"))]
DAG = DEPLOY / "airflow" / "newsbeam_dag.py"
RUNNERS = {"DataflowRunner", "FlinkRunner", "PortableRunner", "SparkRunner"}

# Beam's Flink job server knows these (its FlinkPipelineOptions), Beam's Python does not.
OF_THE_JOB_SERVER = {"--checkpointing_interval", "--number_of_execution_retries"}


def name(path: Path) -> str:
    return path.relative_to(REPO).as_posix()


def documents(path: Path) -> list[dict]:
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def mappings(node: object) -> Iterator[dict]:
    """Every mapping inside of `node`."""
    if isinstance(node, dict):
        yield node
    if isinstance(node, dict | list):
        for part in node.values() if isinstance(node, dict) else node:
            yield from mappings(part)


def code_blocks(text: str) -> Iterator[str]:
    """The shell blocks of a page, also indented ones, each line whole."""
    for block in re.findall(r"^ *```sh\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL):
        yield block.replace("\\\n", " ")


def shell_commands(text: str) -> Iterator[list[str]]:
    """The simple commands of shell text: cut at pipes, lists and redirections."""
    for line in text.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if set(word) <= set("();<>|&"):
                if words:
                    yield words
                words = []
            else:
                words.append(word)


def newsbeam_of(words: list[str]) -> list[str] | None:
    """What a simple command gives to newsbeam, if it runs it: here or in its container."""
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    if not words:
        return None
    if words[0] == "newsbeam" or words[0].endswith("bin/newsbeam"):
        return words[1:]
    if words[0] == "docker" and "run" in words and "--entrypoint" not in words:
        for place, word in enumerate(words):
            if word.partition(":")[0] == "newsbeam":
                return words[place + 1 :]
    return None


def in_pages() -> Iterator[tuple[str, list[str]]]:
    for path in PAGES:
        for block in code_blocks(path.read_text()):
            for words in shell_commands(block):
                if (argv := newsbeam_of(words)) is not None:
                    yield name(path), argv


def in_comments() -> Iterator[tuple[str, list[str]]]:
    """Indented lines of the comments that files begin with are commands."""
    for path in [DEPLOY / "Dockerfile", *MANIFESTS]:
        lines = re.findall(r"^#     (\S.*)$", path.read_text(), re.MULTILINE)
        for words in shell_commands("\n".join(lines)):
            if argv := newsbeam_of(words):
                yield name(path), argv


def in_containers() -> Iterator[tuple[str, list[str]]]:
    """`args` of Kubernetes, `command` of compose: what follows our image's own entry point."""
    for path in MANIFESTS:
        for document in documents(path):
            own, replaces = ("args", "command") if "kind" in document else ("command", "entrypoint")
            for container in mappings(document):
                image = str(container.get("image", "")).partition(":")[0]
                if image == "newsbeam" and own in container and replaces not in container:
                    yield name(path), [str(word) for word in container[own]]


def in_units() -> Iterator[tuple[str, list[str]]]:
    for path in sorted(DEPLOY.glob("systemd/*.service")):
        for command in re.findall(r"^Exec\w+=(.*)$", path.read_text(), re.MULTILINE):
            if argv := newsbeam_of(shlex.split(command)):
                yield name(path), argv


def in_dag() -> Iterator[tuple[str, list[str]]]:
    for node in ast.parse(DAG.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ARGUMENTS":
            at = "2026-11-20T10:10:00+00:00"
            yield name(DAG), [re.sub(r"{{.*}}", at, word) for word in ast.literal_eval(node.value)]


def in_dockerfile() -> Iterator[tuple[str, list[str]]]:
    path = DEPLOY / "Dockerfile"
    for words in re.findall(r"\bCMD (\[.*\])", path.read_text()):
        yield name(path), [word for word in json.loads(words) if word != "newsbeam"]


PLACES = (in_pages, in_comments, in_containers, in_units, in_dag, in_dockerfile)
COMMAND_LINES = [found for place in PLACES for found in place()]


def without_runner(argv: list[str]) -> list[str]:
    """`argv` without the runner, with which options unknown here might be the runner's own."""
    kept = []
    for word in argv:
        if word.startswith("--runner="):
            assert word.removeprefix("--runner=") in RUNNERS
        elif word.partition("=")[0] not in OF_THE_JOB_SERVER:
            kept.append(word)
    return kept


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_every_kind_of_place_has_commands(place):
    assert list(place())


@pytest.mark.parametrize(
    ("where", "argv"), COMMAND_LINES, ids=[f"{w}: {' '.join(a)[:40]}" for w, a in COMMAND_LINES]
)
def test_a_command_line_is_understood_by_the_real_options(
    where, argv, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    if argv in (["--version"], ["--help"]):
        assert main(argv) == 0
        return
    command, *rest = argv
    assert command in COMMANDS, where
    if command in ("ingest", "stream"):
        more = (add_stream_arguments,) if command == "stream" else ()
        args, _ = parse(without_runner(rest), f"newsbeam {command}", add_ingest_arguments, *more)
        assert args.output
        assert args.feeds or args.feed or args.seeds
    else:
        # There is no dataset here: whatever it says then, it has understood the options.
        main(argv)
        assert "usage:" not in capsys.readouterr().err


def test_a_stale_option_would_be_noticed():
    with pytest.raises(Exception, match="--no-such-option"):
        parse(without_runner(["--output=x", "--", "--runner=FlinkRunner", "--no-such-option"]), "x")


@pytest.mark.parametrize("path", MANIFESTS, ids=name)
def test_a_manifest_is_yaml(path):
    assert documents(path)


def images() -> Iterator[tuple[str, str]]:
    """Every image that is named, with its file."""
    tagged = {
        image["name"]: f"{image['newName']}:{image['newTag']}"
        for path in MANIFESTS
        for document in documents(path)
        for image in document.get("images", [])
    }
    for path in MANIFESTS:
        for document in documents(path):
            for found in mappings(document):
                if isinstance(image := found.get("image"), str):
                    yield name(path), tagged.get(image, image)
    path = DEPLOY / "Dockerfile"
    for image in re.findall(r"^FROM (\S+)|--from=(\S+/\S+)", path.read_text(), re.MULTILINE):
        yield name(path), "".join(image)
    for path in [DAG, *PAGES]:
        for image in re.findall(
            r"(?<![\w./-])(?:newsbeam|apache/beam\w+):[\w.]+", path.read_text()
        ):
            yield name(path), image


def test_every_image_has_a_version_and_no_host():
    assert len(list(images())) > 10
    for where, image in images():
        repository, _, tag = image.partition(":")
        assert re.match(r"\d+\.\d+", tag), f"{where}: {image} has no version"
        assert "." not in repository.partition("/")[0], f"{where}: {image} names a host"


def test_images_are_of_the_versions_that_are_pinned():
    (beam,) = re.findall(r"^apache-beam==(\S+)", (REPO / "requirements.txt").read_text(), re.M)
    own = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]["version"]
    for where, image in images():
        repository, _, tag = image.partition(":")
        if repository == "newsbeam":
            assert tag == own, where
        elif repository.startswith("apache/beam"):
            assert tag == beam, where


def test_no_file_has_a_path_of_somebodys_machine_or_an_index_of_packages():
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            text = path.read_text()
            assert not re.search(r"(?<![\w.$}-])/(?:home|root|Users|work)/", text), name(path)
            assert not re.search(r"--(?:extra-)?index-url|--find-links", text), name(path)


def test_a_file_that_was_not_run_says_so():
    for path in [
        DEPLOY / "Dockerfile",
        DEPLOY / "compose.yaml",
        DAG,
        *DEPLOY.glob("*.md"),
        *DEPLOY.glob("systemd/*"),
        *(p for p in DEPLOY.glob("kubernetes/*/*.yaml") if p.stem != "kustomization"),
    ]:
        assert re.search(r"not run here|run here \|", path.read_text(), re.IGNORECASE), name(path)


def test_compose_names_only_services_and_volumes_that_it_has():
    (compose,) = documents(DEPLOY / "compose.yaml")
    services = compose["services"]
    for service in services.values():
        assert set(service.get("depends_on", [])) <= set(services)
        network, _, of = service.get("network_mode", "").partition(":")
        assert network != "service" or of in services
        volumes = {volume.partition(":")[0] for volume in service.get("volumes", [])}
        assert {v for v in volumes if not v.startswith("$")} <= set(compose["volumes"])


def test_each_task_manager_of_compose_has_its_worker():
    (compose,) = documents(DEPLOY / "compose.yaml")
    services = compose["services"]
    managers = {key for key, service in services.items() if service.get("command") == "taskmanager"}
    beside = {service.get("network_mode") for service in services.values()} - {None}
    assert beside == {f"service:{manager}" for manager in managers}
    assert len(managers) == 2
