"""The terms of a text: its most telling words and their weights, in under 200 bytes.

Two articles tell one story if they are about the same names and things. A text's words are
weighed by their frequency in it (sublinear, 1 + ln tf) and their rarity in the language, and
the heaviest SIZE are kept, as a vector of length 1 (Salton & Buckley 1988, TF-IDF). How rare a
word is comes from a table that never changes, wordfreq's, so that a vector does not depend on what
else was read.

The format is VERSION's: little-endian uint32, heaviest first; the upper 20 bits are the hash of
the word, the lower 12 its weight in units of 1/4095.
"""

import math
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import Final

import numpy as np
from xxhash import xxh3_64_intdigest

from transforms.sketch import is_unspaced

VERSION: Final = "terms-wordfreq3-48-1"
SIZE: Final = 48
UNITS: Final = 4095
# A word of so many in an article: how likely a word of known frequency is to stand in one.
_LENGTH: Final = 400
_RAREST: Final = 1e-5
_UNLISTED: Final = 700  # centibels: one word in 10 million
_NUMBER: Final = 300


_RARITY: Final = [
    -math.log(max(1 - math.exp(-_LENGTH * 10 ** (-level / 100)), _RAREST))
    for level in range(_UNLISTED + 1)
]


@lru_cache(maxsize=64)
def _listed(language: str) -> dict[str, float]:
    """Word -> rarity; empty for a language that has no list."""
    import wordfreq  # imported when first needed: most processes write no article

    if language not in wordfreq.available_languages("small"):
        return {}
    levels = {
        word.replace("'", ""): level
        for level, words in enumerate(wordfreq.get_frequency_list(language, "small"))
        for word in words
    }
    return {
        word: _RARITY[_NUMBER if word.isdigit() else min(level, _UNLISTED)]
        for word, level in levels.items()
    }


def _unlisted(word: str, has_list: bool) -> float:
    if word.isdigit() or not (has_list or len(word) > 4):
        return _RARITY[_NUMBER]
    return _RARITY[_UNLISTED]


def terms(words: list[str], language: str | None) -> bytes:
    """The terms of a text of these tokens, in the format of VERSION."""
    if is_unspaced(words):
        words = [first + second for first, second in pairwise(words)]
    counts = Counter(word for word in words if len(word) > 1)
    listed = _listed(language or "")
    weighed = []
    for word, n in sorted(counts.items()):
        rarity = listed.get(word)  # ln of one over the share of articles that hold the word
        if rarity is None:
            rarity = _unlisted(word, bool(listed))
        weighed.append((word, rarity if n == 1 else (1 + math.log(n)) * rarity))
    weighed.sort(key=itemgetter(1), reverse=True)  # by word, where the weight is the same
    heaviest = weighed[:SIZE]
    length = math.sqrt(sum(weight * weight for _, weight in heaviest))
    packed: dict[int, int] = {}
    for word, weight in heaviest:
        units = round(UNITS * weight / length) if length else 0
        if units:
            packed.setdefault(_hash(word), units)
    return np.array([key << 12 | units for key, units in packed.items()], "<u4").tobytes()


def _hash(word: str) -> int:
    return xxh3_64_intdigest(word.encode("utf-8", "surrogatepass")) >> 44
