"""The language of a text, by py3langid and what its source declares; undetermined when in doubt.

py3langid is M. Lui and T. Baldwin's langid.py (ACL 2012) with a newer model of 139 languages. Its
probabilities are weighed as Bayes' rule has it, by two things that a text does not say itself:
languages in which hardly any news is published are less likely than the others, and the language
that the feed or the page declares is more likely. Weighing narrows the candidates where a text
is short and leaves nothing to a declaration where it is clear.
"""

import re
import unicodedata
from functools import cache
from importlib.metadata import version
from itertools import accumulate
from math import fsum
from typing import Any, Final

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from transforms.language_tags import language_code

UNDETERMINED: Final = "und"
READ: Final = 1000  # code points that are looked at; more changes nothing
_SURE: Final = 0.95
MIN_SCORE: Final = 0.25  # of 30 characters .6 are right at this score, .35 at half of it
# Letters that it takes, unless the language is the declared one.
MIN_LETTERS: Final = 10
MIN_LETTERS_DECLARED: Final = 5
# How many times likelier a language is for being declared. One feed in some declares what its
# software was installed with: ten settles nearly all that is open (.95 to 1.00 right at 30
# characters) and misleads hardly ever when wrong (.01 at 30 characters, .002 at 100).
DECLARED: Final = 10.0
# How likely a language is before anything is read. Hardly any news is written in the rare ones:
# by the model alone, English headlines are taken for Nigerian Pidgin and Spanish ones for
# Extremaduran. Of near relatives, less news is written in Bosnian, Galician, Macedonian, Malay
# and Nynorsk than in Croatian, Portuguese, Bulgarian and Serbian, Indonesian and Bokmål.
_RARE: Final = (
    "ace", "an", "bik", "br", "crh", "dz", "eo", "ext", "fo", "fy", "gcf", "gcr", "gd", "guw",
    "ht", "jv", "kab", "kok", "la", "lb", "lij", "ln", "ltg", "nso", "oc", "pcm", "qu", "sa",
    "se", "sn", "st", "tk", "vec", "vo", "wa"
)  # fmt: skip
_SMALLER: Final = ("bs", "gl", "mk", "ms", "nn")
_PRIOR: Final = dict.fromkeys(_RARE, 0.2) | dict.fromkeys(_SMALLER, 0.7)
# What the model tells apart and ISO 639-1 does not (the code of the macrolanguage, ISO 639-3), and
# what is not written any more.
_UNITED: Final = {
    "ary": "ar",
    "arz": "ar",
    "bcl": "bik",
    "fuv": "ff",
    "grc": "el",
    "gom": "kok",
    "gug": "gn",
    "hbo": "he",
    "kik": "ki",
    "sdh": "ku",
    "uzs": "uz",
    "wuu": "zh",
    "yue": "zh",
}
_NOT_A_LANGUAGE: Final = "zxx"  # ISO 639-2: no linguistic content

# Addresses are in no language, and their words would count. Runs are bounded: no text makes this
# slow.
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S{1,500}|\S{1,100}@\S{1,100}", re.I)
# Of prose, 1 character in 1000 is one of these or in such a place; of a program, 1 in 12.
_CODE: Final = re.compile(
    r"[{}\[\]<>=_\\;#$*|^~`@+&/]|[a-z_]\(|[a-z_]\.[a-z_]|\)\.|::|[a-z](?=[A-Z])"
)
MAX_CODE: Final = 0.06  # characters of programs, of all but white space
# A menu, a table of names, a list of tags: labels, and hardly a sentence.
_BETWEEN_LABELS: Final = re.compile(r"\s*[\n|·•»›>/]+\s*|\s{2,}")
_LABEL_WORDS: Final = 3
_LABEL_LENGTH: Final = 30
_MIN_LABELS: Final = 5
_MAX_LABELS: Final = 0.8  # characters in labels, of all
# Blocks of 256 code points below the Han characters: prose has two or three, with a quote in
# another script four or five.
_MAX_BLOCKS: Final = 8
_HAN: Final = "\u3000"
_PLACEHOLDER: Final = "lorem ipsum"  # typesetters' mock Latin


def identify(text: str, declared: str | None = None) -> tuple[str, float]:
    """(language, probability from 0 to 1) of a text.

    The language is an ISO 639-1 code, an ISO 639-3 one where there is none, or `und`: too short,
    or no language in particular, or none at all (numbers, a program, a menu). For `und` the
    probability is that of the best guess. declared: the language that the feed, the page or the
    operator gives, in any spelling that `language_code` reads; it counts as much as a word or
    two, so that it decides short texts and near languages, and yields to a text that is clear.
    """
    start = _ADDRESS.sub(" ", text[:READ]).strip()
    likely = language_code(declared)
    weights, total = _weigh(_evenly_cased(start), likely)
    weight, language = max(zip(weights.values(), weights, strict=True))
    # What the last bits of a float32 sum are depends on the machine.
    score = round(min(1.0, weight / total), 4)
    enough = MIN_LETTERS_DECLARED if language == likely else MIN_LETTERS
    if (
        language == _NOT_A_LANGUAGE
        or score < MIN_SCORE
        or not _has_letters(start, enough)
        or _is_no_prose(start)
    ):
        return UNDETERMINED, score
    return language, score


def is_other_language(language: str, score: float, declared: str | None) -> bool:
    """Whether a text in which `identify` found `language` is surely not in the declared one."""
    likely = language_code(declared)
    return bool(likely) and language not in (likely, UNDETERMINED) and score >= _SURE


def languages() -> frozenset[str]:
    """Every code that `identify` can give, but for `und`."""
    return frozenset(_UNITED.get(c, c) for c in _identifier().labels) - {_NOT_A_LANGUAGE}


def model() -> str:
    """Name and version of the model."""
    return f"py3langid-{version('py3langid')}"


def _weigh(text: str, likely: str | None) -> tuple[dict[str, float], float]:
    """Weights of the languages, and their sum."""
    weights: dict[str, float] = dict(_identifier().rank(text))
    for code, language in _UNITED.items():
        weights[language] = weights.get(language, 0.0) + weights.pop(code)
    for language, prior in _PRIOR.items():
        weights[language] *= prior
    if likely in weights:
        weights[likely] *= DECLARED
    return weights, fsum(weights.values())


def _has_letters(text: str, wanted: int) -> bool:
    # Vowel signs of Hindi, Thai and others are marks. One character of Chinese, Japanese or
    # Korean says as much as several letters.
    letters = (
        3 if "\u3040" <= c <= "\ud7af" else 1
        for c in text
        if c.isalpha() or unicodedata.category(c)[0] == "M"
    )
    return any(count >= wanted for count in accumulate(letters))


def _evenly_cased(text: str) -> str:
    """`text`, in lower case if a good part is in capitals: the model knows few words in them.

    By it, of headlines half in capitals .99 are right and not .95.
    """
    capitals = sum(map(str.isupper, text))
    return text.lower() if 3 * capitals > sum(map(str.isalpha, text)) else text


def _is_no_prose(text: str) -> bool:
    visible = len("".join(text.split()))
    if len(_CODE.findall(text)) > MAX_CODE * visible or _PLACEHOLDER in text.lower():
        return True
    if len({ord(c) >> 8 for c in text if c < _HAN and c.isalpha()}) > _MAX_BLOCKS:
        return True
    parts = _BETWEEN_LABELS.split(text)
    labels = [p for p in parts if len(p) <= _LABEL_LENGTH and len(p.split()) <= _LABEL_WORDS]
    return len(labels) >= _MIN_LABELS and sum(map(len, labels)) > _MAX_LABELS * sum(map(len, parts))


@cache
def _identifier() -> Any:
    # The file is named, so that an identifier with normalised probabilities is ours alone:
    # the module's own is global and has raw scores.
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
