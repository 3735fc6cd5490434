"""Sketches: the same bytes everywhere, and shares that can be told from them alone."""

import hashlib
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.overlap import compare
from transforms.sketch import SIZE, VERSION, sketch, tokens, unpack
from transforms.sketches import gather

LOCK = "The lock at Ostrel was opened on Monday after two years of repairs, the mayor said."


def words(n: int, seed: int = 0) -> list[str]:
    rnd = random.Random(seed)
    return [f"w{rnd.randrange(50_000)}" for _ in range(n)]


def share(a: list[str], b: list[str]) -> tuple[float, float]:
    pair = gather([sketch(a), sketch(b)])
    overlap = compare(pair, np.array([0]), np.array([1]))
    return float(overlap.containment[0]), float(overlap.jaccard[0])


@pytest.mark.parametrize(
    ("text", "golden"),
    [
        ("", "00000000"),
        ("Two words", "00000000"),
        ("The lock was opened.", "00000000d27ef309d73d1892"),
        (
            LOCK,
            "00000000ecc5543d447cfc43b231c36a5595df70049a9a72502e787939122d8d4dbd6a982b6ccca18e00ded792f8e1d7593718e813200cfa71515bfb",
        ),
        (
            "水門は月曜日に開かれた",
            "00000000431ac6274230cf3e3b11a055bfe6d17753973184b2788495bac149aa",
        ),
    ],
)
def test_the_bytes_of_a_sketch_are_fixed(text: str, golden: str) -> None:
    assert VERSION == "fmh-xxh3-w3c5-128-1"
    assert sketch(tokens(text)).hex() == golden


def test_the_bytes_of_a_long_sketch_are_fixed() -> None:
    made = sketch([f"word{n * n}" for n in range(2000)])
    assert (
        hashlib.sha256(made).hexdigest()
        == "b183fdccc21446d7b53192b30e35198d1338515e70b0a9627aa92a2fcce70c67"
    )


def test_a_sketch_does_not_depend_on_the_process() -> None:
    code = f"from transforms.sketch import *; print(sketch(tokens({LOCK!r})).hex())"
    for seed in ("0", "1"):
        made = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        )
        assert made.stdout.strip() == sketch(tokens(LOCK)).hex()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the U.S. said we've won", "the US said weve won"),
        ("“N.Korea” – troops", '"NKorea" - troops'),
        ("ＦＵＬＬ width", "full width"),
        ("soft\u00adhyphen here", "softhyphen here"),
    ],
)
def test_ways_to_print_a_word_are_one_word(one: str, other: str) -> None:
    assert tokens(one) == tokens(other)


def test_scripts_without_spaces_are_told_by_their_characters() -> None:
    assert tokens("水門は開く") == ["水", "門", "は", "開", "く"]
    assert tokens("हिन्दी में") == ["हिन्दी", "में"]
    text = "水門は月曜日に開かれ、船が二年ぶりに川を上ったと市長が語った。"
    longer = text + "市議会は来月この費用について話し合う予定である。"
    assert share(tokens(text), tokens(longer))[0] == 1.0
    assert (
        share(tokens(text), tokens("東京の天気は晴れで気温は二十度まで上がる見込みだ。"))[0] < 0.1
    )


def test_a_text_cut_to_its_beginning_is_contained_in_the_whole() -> None:
    whole = words(900)
    contained, jaccard = share(whole[:360], whole)
    assert contained == pytest.approx(1.0)
    assert jaccard == pytest.approx(0.4, abs=0.15)


def test_shares_are_estimated_within_the_error_of_the_sample() -> None:
    errors = []
    for seed in range(40):
        a, b = words(500, seed), words(500, seed + 1000)
        b[:250] = a[:250]
        errors.append(share(a, b)[1] - 248 / (2 * 498 - 248))
    assert abs(float(np.mean(errors))) < 0.02
    assert float(np.std(errors)) < 0.07


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=600))
def test_any_text_has_a_sketch_of_bounded_size(text: str) -> None:
    level, values = unpack(sketch(tokens(text)))
    assert len(values) <= SIZE
    assert list(values) == sorted(set(values.tolist()))
    assert len({v >> 1 for v in values.tolist()}) == len(values)
    assert level == 0 or all(v < 1 << (32 - level) for v in values.tolist())


def test_a_very_long_text_has_a_sketch_of_the_same_size() -> None:
    assert SIZE // 4 < len(unpack(sketch(words(200_000)))[1]) <= SIZE
