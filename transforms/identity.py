"""Who is who: the identity of a URL, of an article and of a text.

An identity decides whether a document is one we know, so it must not depend on how a link was
decorated on its way to us. `canonical_url` is for comparing only: a page is always fetched by
the URL as it was found, because a site may need what we drop.
"""

import hashlib
import re
import unicodedata
from typing import Final
from urllib.parse import unquote_plus

from yarl import URL

# Query parameters that say how a reader came to the page, never which page it is. Collected
# from the documentation of the analytics and mail services that add them and from the public
# lists of ClearURLs and miniflux. What is not listed is kept: a page more is better than an
# article lost ("id", "ref", "source" and the like select pages on some sites).
TRACKING_PREFIXES: Final = ("utm_", "pk_", "mtm_", "matomo_", "piwik_", "hsa_", "itm_", "at_")
TRACKING_PARAMETERS: Final = tuple(
    """
    fbclid fb_action_ids fb_action_types fb_ref fb_source gclid gclsrc dclid gbraid wbraid srsltid
    _ga _gl msclkid yclid _openstat twclid ttclid li_fat_id rb_clickid igshid igsh tblci dicbo
    obOrigUrl ob_click_id mc_cid mc_eid mc_tc mkt_tok vero_id vero_conv oly_enc_id oly_anon_id
    _hsenc _hsmi __hssc __hstc __hsfp hsCtaTracking wickedid sfmc_id sfmc_sub elqTrack elqTrackId
    ml_subscriber ml_subscriber_hash __s ss_email_id ss_campaign_id ss_campaign_name ss_source
    xtor xtref xtcr wt_mc wt.mc_id wt_zmc ns_mchannel ns_source ns_campaign ns_linkname ns_fee
    cmpid cmp icid ncid ocid ito smid smtyp s_cid ftag guccounter guce_referrer guce_referrer_sig
    traffic_source nr_email_referer sr_share spm bxid cndid esrc wtrid __twitter_impression
    """.lower().split()
)

_TRACKING: Final = frozenset(TRACKING_PARAMETERS)
# A host name as it goes into a DNS query, after IDNA; underscores occur in the wild.
_HOST: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\Z")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

# For comparing texts: every way to print a quote, an apostrophe and a dash is one way.
_FOLDED: Final = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″〝〞＂", '"'),
        **dict.fromkeys("‘’‚‛‹›′`´ʼ＇", "'"),
        **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
        # Invisible: soft hyphen, zero-width space, direction marks, word joiner, BOM.
        **dict.fromkeys("\u00ad\u200b\u200e\u200f\u2060\ufeff", ""),
    }
)


def canonical_url(url: str) -> str:
    """The normal form of an http or https URL, the same for all its spellings.

    Scheme and host in lower case (names in IDNA form), default port, fragment, tracking
    parameters and empty parameters dropped, the query sorted, dot segments resolved,
    percent-encoding normalised (RFC 3986, section 6.2.2). The result is its own normal form.

    ValueError if it is not an http(s) URL with a proper host, or carries a user name.
    """
    parsed = _parse(url)
    port = parsed.explicit_port
    at = "" if port in (None, _DEFAULT_PORTS[parsed.scheme]) else f":{port}"
    query = _query(parsed.raw_query_string)
    return f"{parsed.scheme}://{_host(parsed)}{at}{parsed.raw_path or '/'}{query}"


def article_id(identity: str) -> str:
    """The id of the article with this canonical identity: 32 hex digits of its sha256."""
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def content_hash(text: str) -> str:
    """64 hex digits that are equal for texts that read the same.

    sha256 of the text after NFKC and case folding, with quotes and dashes folded, invisible
    characters removed and white space collapsed.
    """
    folded = unicodedata.normalize("NFKC", text.translate(_FOLDED)).casefold()
    # Case folding may undo the normal form ("ǰ"), and normalising may bring quotes ("ŉ").
    folded = unicodedata.normalize("NFKC", folded).translate(_FOLDED)
    return hashlib.sha256(" ".join(folded.split()).encode("utf-8", "surrogatepass")).hexdigest()


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
    if ":" in name:
        return f"[{name}]"  # an IPv6 address, which yarl has validated and normalised
    if not _HOST.match(name):
        raise ValueError(f"not a host name: {name[:200]!r}")
    return name


def _query(raw: str) -> str:
    pairs = raw.replace("+", "%20").split("&")  # two ways to write a space
    kept = sorted(pair for pair in pairs if pair.strip("=") and not _tracks(pair))
    return f"?{'&'.join(kept)}" if kept else ""


def _tracks(pair: str) -> bool:
    name = unquote_plus(pair.partition("=")[0]).lower()
    return name in _TRACKING or name.startswith(TRACKING_PREFIXES)
