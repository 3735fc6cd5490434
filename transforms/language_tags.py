"""A language as feeds and pages declare it -> its code: en-US, pt_BR, English, eng, iw, zh-Hans.

Aliases and names are those of the Unicode CLDR, by Babel.
"""

import re
from functools import cache
from typing import Final

from babel import Locale
from babel.core import get_global

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
# Babel has the others' own names too, but 136 MB of memory go with loading them.
_OWN_NAMES: Final = {
    "العربية": "ar", "български": "bg", "বাংলা": "bn", "català": "ca", "čeština": "cs",
    "dansk": "da", "Deutsch": "de", "Ελληνικά": "el", "español": "es", "castellano": "es",
    "فارسی": "fa", "suomi": "fi", "français": "fr", "עברית": "he", "हिन्दी": "hi",
    "hrvatski": "hr", "magyar": "hu", "Bahasa Indonesia": "id", "italiano": "it", "日本語": "ja",
    "한국어": "ko", "Nederlands": "nl", "norsk": "no", "norsk bokmål": "no", "bokmål": "no",
    "nynorsk": "nn", "polski": "pl", "português": "pt", "română": "ro", "русский": "ru",
    "slovenčina": "sk", "slovenščina": "sl", "српски": "sr", "srpski": "sr", "svenska": "sv",
    "ไทย": "th", "Türkçe": "tr", "українська": "uk", "Tiếng Việt": "vi", "中文": "zh",
}  # fmt: skip


def language_code(tag: str | None) -> str | None:
    """ISO 639-1 code (639-3 where there is none) of a declared language; None if it says none.

    Reads BCP 47 tags with either separator and in any case, codes of ISO 639-2 and 639-3,
    withdrawn codes, names in English and, of large languages, in the language itself. Region and
    script are dropped, Norwegian Bokmål is `no`. A list of several languages says none.
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
    """Names of languages, case folded: in English, and of large ones in the language itself."""
    english = Locale("en").languages
    named = {english[code].casefold(): _united(code) for code in sorted(english)}
    own = {name.casefold(): code for name, code in _OWN_NAMES.items()}
    return {name: code for name, code in named.items() if code} | own
