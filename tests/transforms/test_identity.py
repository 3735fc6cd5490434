import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.identity import (
    article_id,
    canonical_url,
    content_hash,
    host,
)
from transforms.tracking import tracking

SAME = [
    ("https://news.example/1?utm_source=rss&id=5&fbclid=zz#xtor=RSS", "https://news.example/1?id=5"),
    ("HTTPS://News.Example:443/1?id=5", "https://news.example/1?id=5"),
    ("http://news.example:80", "http://news.example/"),
    ("http://news.example:8080/a", "http://news.example:8080/a"),
    ("http://news.example./a", "http://news.example/a"),
    ("https://news.example/b/../a/./x", "https://news.example/a/x"),
    ("https://news.example/a//b", "https://news.example/a//b"),
    ("https://news.example/%7euser/%c3%a9", "https://news.example/~user/%C3%A9"),
    ("https://news.example/~user/é", "https://news.example/~user/%C3%A9"),
    ("https://news.example/a%2Fb", "https://news.example/a%2Fb"),
    ("https://news.example/a b", "https://news.example/a%20b"),
    ("https://news.example/?b=2&a=1", "https://news.example/?a=1&b=2"),
    ("https://news.example/?b=2&&a=1&", "https://news.example/?a=1&b=2"),
    ("https://news.example/?q=a%20b", "https://news.example/?q=a%20b"),
    ("https://news.example/?q=a+b", "https://news.example/?q=a%20b"),
    ("https://news.example/?q=a%26b%3Dc", "https://news.example/?q=a%26b%3Dc"),
    ("https://news.example/?UTM_Source=x&Gclid=1&MC_CID=2&at_campaign=3", "https://news.example/"),
    ("https://news.example/?ref=front&source=a&cid=9", "https://news.example/?cid=9&ref=front&source=a"),
    ("https://news.example/?page", "https://news.example/?page"),
    (" \n https://news.example/6 \n", "https://news.example/6"),
    ("https://news.exa\nmple/6", "https://news.example/6"),
    ("http://exämple.de/ü", "http://xn--exmple-cua.de/%C3%BC"),
    ("http://xn--exmple-cua.de/ü", "http://xn--exmple-cua.de/%C3%BC"),
    ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"),
    ("http://news.example/100%", "http://news.example/100%25"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "canonical"), SAME)
def test_every_spelling_of_a_url_has_one_normal_form(url, canonical):
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    "url",
    [
        "",
        "news.example/1",
        "/1",
        "//news.example/1",
        "http://",
        "http:///1",
        "https://:80/",
        "https://exa mple.com/a",
        "http://[::1",
        "https://news.example:99999/x",
        "https://news.example:port/x",
        "javascript:alert(1)",
        "file:///etc/hostname",
        "data:text/html,x",
        "ftp://news.example/1",
        "mailto:desk@news.example",
        "seed:one.txt",
        "https://reader:secret@news.example/",
        "https://reader@news.example/",
        "https://news..example/",
        "https://news.example\\@other.example/",
        "https://ne%41ws.example/",
        "https://news.example/\udcff",
        "https://" + "a" * 64 + ".example/",
    ],
)
def test_what_is_not_a_plain_web_address_has_no_identity(url):
    with pytest.raises(ValueError):  # noqa: PT011 - the type is the contract
        canonical_url(url)


def test_no_part_of_the_identity_leaks_a_password():
    with pytest.raises(ValueError) as error:  # noqa: PT011
        canonical_url("https://reader:secret@news.example/")
    assert "secret" not in str(error.value)


@given(
    st.lists(st.tuples(st.sampled_from(["id", "p", "q"]), st.integers(0, 9)), max_size=4),
    st.lists(
        st.sampled_from(sorted(tracking().names) + [f"{p}x" for p in tracking().prefixes]),
        max_size=4,
    ),
    st.randoms(use_true_random=False),
)
def test_neither_tracking_nor_the_order_of_the_query_changes_the_identity(pairs, tracking, random):
    plain = [f"{name}={value}" for name, value in pairs]
    decorated = [*plain, *(f"{name}=t" for name in tracking)]
    random.shuffle(decorated)
    start = "https://news.example/article?"
    assert canonical_url(start + "&".join(decorated)) == canonical_url(start + "&".join(plain))


def test_the_host_is_the_source_of_a_page_without_www():
    assert host("https://www.News.example:8443/a") == "news.example"
    assert host("http://wwwnews.example/") == "wwwnews.example"
    assert host("http://[::1]/") == "[::1]"
    with pytest.raises(ValueError, match="not an http"):
        host("seed:one.txt")


def test_an_article_id_is_the_start_of_the_sha256_of_the_identity():
    # printf %s https://news.example/1 | sha256sum
    assert article_id("https://news.example/1") == "f1372b7cd058c104fa2e0beeaf356363"
    assert article_id("https://news.example/1") != article_id("https://news.example/2")
    assert len(article_id("seed:\udcff")) == 32


HASHES = [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),  # sha256 of nothing
    # of: the "mayor" of halm-on-sea said: 'no' - twice...
    (
        "The “Mayor” of Halm‑on‑Sea said: ‘No’ — twice…",
        "a5b834a630dd2c10e35de9c2c28f5128bd93b472de8474b00feab16f860bffd8",
    ),
    # of: straße as ss, and a decomposed accent: die strasse cafe<U+0301 composed>
    (
        "Die Straße\n\n\tCafe\u0301 ",
        "185fc40f3fcd80e85083f153d63e1e25fa0a6e00b666a4e238f8d0beb24c42b8",
    ),
]


@pytest.mark.parametrize(("text", "digest"), HASHES)
def test_the_content_hash_is_the_published_one(text, digest):
    assert content_hash(text) == digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a b", " a \n\n b\u00a0"),
        ('"yes"', "„yes“"),
        ("it's", "it’s"),
        ("10-12", "10–12"),
        ("soft\u00adhyphen", "softhyphen"),
        ("ﬁre", "fire"),
        ("ÉCOLE", "école"),
        ("zero\u200bwidth", "zerowidth"),
    ],
)
def test_texts_that_read_the_same_hash_the_same(one, other):
    assert content_hash(one) == content_hash(other)


def test_texts_that_differ_in_a_letter_or_a_figure_hash_differently():
    hashes = {content_hash(t) for t in ("12 dead", "13 dead", "12 deaf", "12dead", "")}
    assert len(hashes) == 5


@given(st.lists(st.text(min_size=1), max_size=6), st.sampled_from([" ", "\n", "\t\u00a0", "\r\n"]))
def test_white_space_never_matters_to_the_content_hash(words, space):
    assert content_hash(" ".join(words)) == content_hash(space.join(words) + space)


@given(st.text(alphabet="ab \"'-", max_size=30), st.sampled_from("“”„«»"), st.sampled_from("’‘‛´"))
def test_quotes_and_dashes_never_matter_to_the_content_hash(text, double, single):
    printed = text.replace('"', double).replace("'", single).replace("-", "–").upper()
    assert content_hash(printed) == content_hash(text)


@given(st.text(alphabet=st.characters()))
def test_any_text_has_a_content_hash(text):
    assert len(content_hash(text)) == 64
