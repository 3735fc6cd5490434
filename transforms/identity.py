"""Who is who: the identity of a URL, of an article and of a text.

An identity decides whether a document is one we know, so it must not depend on how a link was
decorated on its way to us. `canonical_url` is for comparing only: a page is always fetched by
the URL as it was found, because a site may need what we drop.
"""

import hashlib
import ipaddress
import re
import unicodedata
from typing import Final

from yarl import URL

from transforms.tracking import without_tracking

# A host name as it goes into a DNS query, after IDNA; underscores occur in the wild.
_HOST: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\Z")
# A session in the path, as servlets write it for readers without cookies (Servlet 6.0, 7.1.3).
# Not behind a dot segment, which would become one without it.
_SESSION: Final = re.compile(r"(?<!/\.)(?<!/\.\.);jsessionid=[^/;]*", re.IGNORECASE)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

# For comparing texts: every way to print a quote, an apostrophe and a dash is one way.
_FOLDED: Final = {
    **dict.fromkeys("“”„‟«»″〝〞＂", '"'),
    **dict.fromkeys("‘’‚‛‹›′`´ʼ＇", "'"),
    **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
    # Invisible: soft hyphen, zero-width space, direction marks, word joiner, BOM.
    **dict.fromkeys("\u00ad\u200b\u200e\u200f\u2060\ufeff", ""),
}


def canonical_url(url: str) -> str:
    """The normal form of an http or https URL, the same for all its spellings.

    Scheme and host in lower case (names in IDNA form), default port, fragment, sessions, tracking
    and empty parameters dropped, the query sorted, dot segments resolved, percent-encoding
    normalised (RFC 3986, section 6.2.2). A fragment that begins with `!` is kept: on sites that
    are one page, it is the address. Kept apart, because on some site they are: http and https,
    hosts with and without www or m, a path with and without a slash at its end, letters of a path
    in either case. The result is ASCII, and its own normal form.

    ValueError if it is not an http(s) URL with a proper host, or carries a user name.
    """
    parsed = _parse(url)
    port = parsed.explicit_port
    at = "" if port in (None, _DEFAULT_PORTS[parsed.scheme]) else f":{port}"
    path = parsed.raw_path or "/"
    if ";" in path:
        path = _SESSION.sub("", path)
    query = _query(parsed.raw_query_string)
    fragment = parsed.raw_fragment
    page = f"#{fragment}" if fragment.startswith("!") and len(fragment) > 1 else ""
    return f"{parsed.scheme}://{_host(parsed)}{at}{path}{query}{page}"


def article_id(identity: str) -> str:
    """The id of the article with this canonical identity: 32 hex digits of its sha256."""
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def folded(text: str) -> str:
    """`text` after NFKC and case folding, quotes and dashes folded, invisible characters removed.

    Texts that read the same are equal but for their white space.
    """
    once = unicodedata.normalize("NFKC", _one_way(text)).casefold()
    # Case folding may undo the normal form ("ǰ"), and normalising may bring quotes ("ŉ").
    return _one_way(unicodedata.normalize("NFKC", once))


def _one_way(text: str) -> str:
    """Every quote, apostrophe and dash printed one way. str.translate takes 60 times as long."""
    for sign, way in _FOLDED.items():
        if sign in text:
            text = text.replace(sign, way)
    return text


def content_hash(text: str) -> str:
    """64 hex digits that are equal for texts that read the same.

    sha256 of the folded text with its white space collapsed.
    """
    collapsed = " ".join(folded(text).split())
    return hashlib.sha256(collapsed.encode("utf-8", "surrogatepass")).hexdigest()


def host(url: str) -> str:
    """The host of an http(s) URL without a leading "www."; ValueError as `canonical_url`."""
    return _host(_parse(url)).removeprefix("www.")


def _parse(url: str) -> URL:
    trimmed = url.strip()
    # Browsers drop tabs and line ends inside a URL (WHATWG URL, basic parser, step 3).
    trimmed = trimmed.replace("\t", "").replace("\n", "").replace("\r", "")
    trimmed.encode()  # a lone surrogate is an error, yarl would drop it silently
    parsed = URL(trimmed)
    if parsed.scheme not in _DEFAULT_PORTS:
        raise ValueError(f"not an http or https URL, its scheme is {parsed.scheme[:20]!r}")
    if parsed.raw_user is not None or parsed.raw_password is not None:
        raise ValueError(f"the URL carries a user name: {parsed.raw_host!r}")
    _host(parsed)
    return parsed


def _host(parsed: URL) -> str:
    name = (parsed.raw_host or "").lower().removesuffix(".")
    if ":" in name and "%" not in name:  # a zone is of one machine only
        return f"[{ipaddress.IPv6Address(name)}]"
    if not _HOST.match(name):
        raise ValueError(f"not a host name: {name[:200]!r}")
    return name


def _query(raw: str) -> str:
    if not raw:
        return ""
    pairs = raw.replace("+", "%20").split("&")  # two ways to write a space
    kept = sorted(rest for pair in pairs if (rest := without_tracking(pair)).strip("="))
    return f"?{'&'.join(kept)}" if kept else ""
