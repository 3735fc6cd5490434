"""A language as feeds and pages declare it -> its code: en-US, pt_BR, English, eng, iw, zh-Hans.

Aliases and names are those of the Unicode CLDR, by Babel.
"""

import re
from functools import cache
from typing import Final

from babel import Locale
from babel.core import get_global
from babel.localedata import exists

# RFC 5646: the language comes first; feeds write an underscore as well, and en_US.UTF-8.
_TAG: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*(?:[.@][\w-]{1,20})?")
_LIST: Final = re.compile(r"[,;|/]")
_COUNTRY: Final = re.compile(r"\s*\([^()]{0,40}\)$")  # Portuguese (Brazil)
_MAX_TAG: Final = 80  # characters
_NOT_ONE: Final = frozenset({"und", "mul", "zxx", "mis", "root"})  # ISO 639-2: not one language
# Where CLDR's choice is not ISO 639-1's code, or not the one that language identification uses.
_OURS: Final = {
    "nb": "no",  # Bokmål; Nynorsk stays nn
    "nob": "no",
    "nor": "no",
    "nno": "nn",
    "fil": "tl",
    "yue": "zh",
    "wuu": "zh",
    "nan": "zh",
    "ckb": "ku",
    "arz": "ar",
    "ary": "ar",
}


def language_code(tag: str | None) -> str | None:
    """ISO 639-1 code (639-3 where there is none) of a declared language; None if it says none.

    Reads BCP 47 tags with either separator and in any case, codes of ISO 639-2 and 639-3,
    withdrawn codes, and names in English and in the language itself. Region and script are
    dropped, Norwegian Bokmål is `no`. A list of several languages says none.
    """
    codes = {_code(part.strip()) for part in _LIST.split((tag or "")[:_MAX_TAG])}
    return codes.pop() if len(codes) == 1 else None


def _code(said: str) -> str | None:
    match = _TAG.fullmatch(said)
    if not match:
        return _names().get(_COUNTRY.sub("", said).casefold())
    code = match[1].lower()
    return None if code in _NOT_ONE else _united(code)


def _united(code: str) -> str | None:
    alias = str(get_global("language_aliases").get(code, code)).partition("_")[0]
    code = _OURS.get(code, _OURS.get(alias, alias))
    return code if code in _known() else None


@cache
def _known() -> frozenset[str]:
    """The codes that have a name in English."""
    return frozenset(Locale("en").languages) | frozenset(_OURS.values())


@cache
def _names() -> dict[str, str]:
    """Names of languages, case folded, in English and in the language itself."""
    names: dict[str, str] = {}
    for code in sorted(_known()):
        united = _united(code)
        if united is None or "_" in code:
            continue
        for name in (
            Locale("en").languages.get(code),
            Locale(code).languages.get(code) if exists(code) else None,
        ):
            if name:
                names.setdefault(name.casefold(), united)
    return names
