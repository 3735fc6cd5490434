"""The table of URLs and their normal forms, and what holds for any URL."""

import contextlib
import string
import tomllib
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from yarl import URL

from transforms.identity import canonical_url
from transforms.tracking import tracking

TABLE = tomllib.loads((Path(__file__).parents[1] / "data/urls/canonical.toml").read_text("utf-8"))
VECTORS = [
    pytest.param(url, canonical, id=f"{kind}-{number}")
    for kind, part in TABLE.items()
    for number, (url, canonical) in enumerate(part.get("vectors", ()), 1)
]


@pytest.mark.parametrize(("url", "canonical"), VECTORS)
def test_a_url_has_the_normal_form_of_the_table(url, canonical):
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


@pytest.mark.parametrize("url", TABLE["refused"]["urls"])
def test_what_is_not_a_plain_web_address_has_no_normal_form(url):
    with pytest.raises(ValueError):  # noqa: PT011 - the type is the contract
        canonical_url(url)


def test_the_table_is_as_long_as_it_should_be():
    assert len(VECTORS) >= 150


HOSTS = ["halm.example", "HALM.example.", "hälm.example", "192.0.2.7", "[2001:db8::1]", "xn--p1ai"]
_TAIL = st.text(string.printable + "éß%&=+~/.;?#!", max_size=30)
_NAMES = st.sampled_from(
    ["utm_source=", "amp;utm_x", "?fbclid=1", "rss", "amp=1", "id=5", ";jsessionid=1", "/..", "%2e"]
)
_URLS = st.builds(
    "{}://{}{}/{}?{}#{}".format,
    st.sampled_from(["http", "https", "HTTP"]),
    st.sampled_from(HOSTS),
    st.sampled_from(["", ":80", ":443", ":8443"]),
    st.lists(_TAIL | _NAMES, max_size=4).map("".join),
    st.lists(_TAIL | _NAMES, max_size=4).map("&".join),
    _TAIL,
)


@settings(deadline=None)
@given(_URLS)
def test_a_normal_form_is_ascii_http_and_its_own_normal_form(url):
    try:
        once = canonical_url(url)
    except ValueError:
        assume(False)
    assert once.isascii()
    assert once.startswith(("http://", "https://"))
    assert canonical_url(once) == once


@settings(deadline=None)
@given(_URLS)
def test_a_normal_form_is_on_the_same_host_and_port_by_the_same_scheme(url):
    try:
        once = URL(canonical_url(url))
    except ValueError:
        assume(False)
    found = URL(url.translate(str.maketrans("", "", "\t\n\r")))
    assert once.raw_host == found.raw_host.lower().removesuffix(".")
    assert (once.scheme, once.port) == (found.scheme, found.port)


@settings(deadline=None)
@given(st.text())
def test_any_text_has_a_normal_form_or_is_a_value_error(text):
    for url in (text, f"https://{text}", f"https://halm.example/{text}"):
        with contextlib.suppress(ValueError):
            assert canonical_url(url).startswith("http")


def test_every_tracking_rule_is_in_lower_case_and_has_its_effect():
    rules = tracking()
    samples = [f"{name}=x" for name in rules.names] + [f"{name}x=x" for name in rules.prefixes]
    samples += [*rules.pairs, *(f"{pair}x" for pair in rules.beginnings)]
    assert len(samples) > 150
    for sample in samples:
        assert sample == sample.lower()
        assert (
            canonical_url(f"https://halm.example/a?id=5&{sample}") == "https://halm.example/a?id=5"
        )


def test_no_rule_drops_what_selects_a_page_on_some_site():
    kept = ("id", "p", "s", "story", "article", "ref", "source", "from", "cid", "sid", "page", "v")
    for name in kept:
        assert canonical_url(f"https://halm.example/?{name}=7").endswith(f"?{name}=7")
