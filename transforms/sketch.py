"""The sketch of a text: a few hundred bytes that tell how much two texts share.

A sketch is a FracMinHash (Irber et al. 2022, doi:10.1101/2022.01.11.475838): of the hashes of all
shingles those below a bound are kept, so that of two texts the same shingles are kept and the
share of a text that another holds can be estimated from the sketches alone. The bound is halved
until at most SIZE hashes are left: a short text keeps every shingle, a long one a sample, and
two of different bounds are compared below the lower one.

The format is VERSION's: little-endian uint32, first the level (how often the bound was halved),
then the kept values in rising order. The upper 31 bits of a value are the hash, its lowest bit
says that the shingle occurs in the first half of the text: furniture at the end of two articles
is told from a common text by it. xxHash's XXH3 is the same on every platform.
"""

import re
from typing import Final

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_64_intdigest

from transforms.identity import folded

VERSION: Final = "fmh-xxh3-w3c5-128-1"
SIZE: Final = 128  # hashes that a sketch keeps at most
WORDS: Final = 3  # words of a shingle
CHARACTERS: Final = 5  # characters of a shingle, in a script without spaces
LEVELS: Final = 20  # a text of 2**27 shingles still fits

Hashes = npt.NDArray[np.uint32]

# Thai, Lao, Tibetan, Burmese, Khmer, kana and Han are written without spaces between words.
_UNSPACED: Final = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff"
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# The vowel signs of the Indic scripts are no word characters to Python.
_SIGNS: Final = "\u0900-\u0963\u0966-\u0dff"
_TOKEN: Final = re.compile(rf"[{_UNSPACED}]|(?:[^\W{_UNSPACED}]|[{_SIGNS}])+")
# The same for texts without these scripts, at a fifth of the time.
_SPACED_TOKEN: Final = re.compile(r"\w+")
_OTHER_SCRIPT: Final = re.compile(rf"[\u0900-\u0dff{_UNSPACED}]")
_ALONE: Final = re.compile(rf"[{_UNSPACED}]")
# U.S. is US, N.Korea is NKorea, we've is weve: houses differ in these.
_INNER: Final = re.compile(r"[.'](?<=\w.)(?=\w)")


def tokens(text: str) -> list[str]:
    """The words of `text`, as all ways to print them agree; single characters where a script
    has no spaces."""
    joined = _INNER.sub("", folded(text))
    is_spaced = joined.isascii() or not _OTHER_SCRIPT.search(joined)
    return (_SPACED_TOKEN if is_spaced else _TOKEN).findall(joined)


def is_unspaced(words: list[str]) -> bool:
    """Whether most of the tokens are characters of a script without spaces."""
    if all(map(str.isascii, words)):
        return False
    return 2 * sum(map(bool, map(_ALONE.match, words))) > len(words)


def shingle_hashes(words: list[str], width: int) -> npt.NDArray[np.uint64]:
    """A 64-bit hash of every `width` tokens in a row, in the order of the text."""
    if len(words) < width:
        return np.empty(0, np.uint64)
    encoded = [word.encode("utf-8", "surrogatepass") for word in words]
    one = np.fromiter(map(xxh3_64_intdigest, encoded), np.uint64, len(encoded))
    count = len(words) - width + 1
    mixed = one[:count]
    for n in range(1, width):
        mixed = _mix(mixed) + one[n : n + count]
    return _mix(mixed)


def _mix(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def sketch(words: list[str]) -> bytes:
    """The sketch of a text of these tokens, in the format of VERSION."""
    width = CHARACTERS if is_unspaced(words) else WORDS
    hashes = (shingle_hashes(words, width) >> np.uint64(32)).astype(np.uint32) & ~np.uint32(1)
    hashes[: (len(hashes) + 1) // 2] |= np.uint32(1)
    values = np.sort(hashes)
    # Of a shingle in both halves the value with the mark, which is the last, stays.
    values = values[
        np.append(values[1:] >> np.uint32(1) != values[:-1] >> np.uint32(1), True)[: len(values)]
    ]
    level = 0
    while len(values) > SIZE:
        level += 1
        values = values[: int(np.searchsorted(values, np.uint32(bound(level))))]
    return np.concatenate([[level], values]).astype("<u4").tobytes()


def bound(level: int) -> int:
    """The values that a sketch of `level` keeps lie below it."""
    return 1 << (32 - level)


def unpack(data: bytes) -> tuple[int, Hashes]:
    """Level and values of a sketch."""
    whole = np.frombuffer(data, "<u4")
    return int(whole[0]), whole[1:].astype(np.uint32)
