"""Content decoding: whole bodies come back, cut or false ones are named, bombs stay small."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from transforms.decode import Decoder, decode
from transforms.outcomes import Failed

ROOM = 1 << 20


def raw_deflate(data: bytes) -> bytes:
    return zlib.compress(data)[2:-4]


CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}
TEXT = b"The ferry to Harrowmere was late again. " * 100


def in_pieces(data: bytes, header: str, size: int, max_bytes: int = ROOM) -> bytes:
    decoder = Decoder(header, max_bytes)
    for at in range(0, len(data), size):
        decoder.feed(data[at : at + size])
    return decoder.finish()


@given(
    body=st.binary(max_size=3000).filter(lambda body: not body.startswith(b"\x1f\x8b\x08")),
    names=st.lists(st.sampled_from(sorted(CODERS)), max_size=3),
    size=st.integers(1, 4000),
)
def test_every_encoding_and_chain_of_them_is_undone_however_the_pieces_are_cut(body, names, size):
    packed = body
    for name in names:
        packed = CODERS[name](packed)
    assert in_pieces(packed, ", ".join(names), size) == body


@given(
    name=st.sampled_from(sorted(CODERS)), cut=st.integers(1, 40), size=st.sampled_from((1, 7, 9999))
)
def test_an_encoding_that_is_cut_off_is_a_named_failure(name, cut, size):
    packed = CODERS[name](TEXT)
    with pytest.raises(Failed) as failed:
        in_pieces(packed[: -min(cut, len(packed) - 1)], name, size)
    assert (failed.value.reason, failed.value.passing) == ("truncated", True)


@given(data=st.binary(max_size=400), header=st.sampled_from([*sorted(CODERS), "gzip, br", ""]))
def test_arbitrary_bytes_decode_or_fail_by_name(data, header):
    try:
        reason = "decoded" if len(decode(data, header, ROOM)) <= ROOM else "beyond the limit"
    except Failed as failed:
        reason = failed.reason
    assert reason in ("decoded", "bad_encoding", "truncated")


@pytest.mark.parametrize("name", ["gzip", "deflate", "zstd"])
@pytest.mark.parametrize("size", [1, 1000])
def test_junk_after_the_end_is_left_aside(name, size):
    assert in_pieces(CODERS[name](TEXT) + b"junk" * 10, name, size) == TEXT


@pytest.mark.parametrize("size", [1, 1000])
def test_members_and_frames_in_a_row_are_one_body(size):
    assert in_pieces(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip", size) == b"one two"
    frames = zstandard.compress(b"one ") + zstandard.compress(b"two")
    assert in_pieces(frames, "zstd", size) == b"one two"


def test_deflate_without_its_zlib_wrapper_is_read_as_browsers_do():
    assert decode(raw_deflate(TEXT), "deflate", ROOM) == TEXT


@pytest.mark.parametrize("size", [1, 2, 5000])
def test_gzip_that_nobody_labelled_and_gzip_within_gzip_are_unpacked(size):
    assert in_pieces(gzip.compress(TEXT), "", size) == TEXT
    assert in_pieces(gzip.compress(TEXT), "identity", size) == TEXT
    assert in_pieces(gzip.compress(gzip.compress(TEXT)), "gzip", size) == TEXT
    assert in_pieces(brotli.compress(gzip.compress(TEXT)), "br", size) == TEXT


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (TEXT, "gzip"),
        (TEXT, "br"),
        (TEXT, "zstd"),
        (b"\xff" + TEXT, "deflate"),
        (TEXT, "x-secret"),
        (TEXT, "gzip, x-secret"),
        (TEXT, "gzip, gzip, gzip, gzip"),
    ],
)
def test_a_body_that_is_not_in_its_encoding_is_a_named_failure(body, header):
    with pytest.raises(Failed) as failed:
        decode(body, header, ROOM)
    assert (failed.value.reason, failed.value.passing) == ("bad_encoding", False)


def bomb(name: str, size: int) -> bytes:
    return CODERS[name](bytes(size))


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_refused_without_being_unpacked(name):
    packed = bomb(name, 16 << 20)
    tracemalloc.start()
    try:
        with pytest.raises(Failed) as failed:
            decode(packed, name, ROOM)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (failed.value.reason, failed.value.passing) == ("body_too_large", False)
    assert peak < 8 * ROOM


def test_a_bomb_within_a_bomb_is_refused():
    with pytest.raises(Failed) as failed:
        decode(gzip.compress(bomb("gzip", 64 << 20)), "gzip, gzip", ROOM)
    assert failed.value.reason == "body_too_large"


@pytest.mark.parametrize("header", ["", "gzip", "br", "zstd"])
def test_a_body_of_exactly_the_limit_passes_and_one_byte_more_does_not(header):
    body = bytes(range(256)) * 8
    packed = CODERS[header](body) if header else body
    assert decode(packed, header, len(body)) == body
    with pytest.raises(Failed) as failed:
        decode(packed, header, len(body) - 1)
    assert failed.value.reason == "body_too_large"


@pytest.mark.parametrize("header", ["", "gzip", "br", "zstd", "gzip, br"])
def test_a_body_is_cut_at_the_limit_when_that_was_asked_for(header):
    packed = TEXT
    for name in header.split(", ") if header else ():
        packed = CODERS[name](packed)
    decoder = Decoder(header, 1000, cut=True)
    decoder.feed(packed)
    decoder.feed(b"more")
    assert decoder.full
    assert decoder.finish() == TEXT[:1000]
