"""What an editor should know of an article: flags, from what its text and page look like.

A flag deletes nothing. `Extract(reject_flags=...)` makes flags that are also reason codes
(too_short, index_page, consent_page, paywall ...) into rejections.
"""

import re
from collections.abc import Sequence
from statistics import mean
from typing import Final

from lxml.html import HtmlElement

from transforms.clean import key, tidy_line

FLAGS: Final[dict[str, str]] = {
    "too_short": "less text than an article has",
    "index_page": "a list of links to articles, not an article",
    "consent_page": "a consent or cookie notice instead of the article",
    "paywall": "declared or seen to be for subscribers; the text may be its beginning only",
    "liveblog": "many short reports under one headline, as they came in",
    "media_page": "a video, a recording or pictures, with few words",
    "list_tail": "its text ends in headlines of other articles",
    "boilerplate": "a quarter of its text stands around articles: calls to subscribe, rights",
    "other_language": "in another language than its feed or page declares",
    "fallback_text": "its text is what the page declares of it (JSON-LD): none was found on it",
    "shortened": "its page repeats an element thousands of times; the first 2,000 were read",
    "dates_disagree": "two candidates for the publication date are more than a day apart",
    "future_date": "a candidate for the publication date lies in the future",
    "no_date": "nothing says when it was published",
    "title_missing": "no headline was found",
}

# trafilatura's own measure of a text that is too short to be the article (MIN_EXTRACTED_SIZE).
SHORTEST: Final = 250  # code points; a CJK character counts for three
_STUB: Final = 2500  # code points; a longer text is more than a paywall's teaser
_NOTICE: Final = 4000  # code points; a longer text about cookies is about cookies
_HEADLINE_WORDS: Final = 4
MANY_HEADLINES: Final = 10
_LISTED_SHARE: Final = 0.3  # of the lines of an index page's text are links themselves
_TEASER_WORDS: Final = 30  # words in the mean line of an index page; paragraphs have more

_CJK: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

# In lower case, as the texts are that they are looked for in: a pattern that must mind the case
# of each letter takes five times as long.

# Said by consent notices in the languages of much of the news web; two make a notice.
_CONSENT: Final = re.compile(
    "|".join(
        (
            r"we (?:value|respect|care about) your privacy",
            r"before you continue",
            r"we(?: and our partners)? (?:use|store|process)\b.{0,60}\bcookies",
            r"our (?:\d+ )?(?:trusted )?partners",
            r"accept all|reject all|allow all|agree to all",
            r"cookie (?:policy|settings|preferences|notice)",
            r"store and/or access information",
            r"manage (?:your )?(?:cookies|choices|preferences|options)",
            r"legitimate interest",
            r"your consent|give consent",
            r"personali[sz]ed (?:ads|content|advertising)",
            r"wir und unsere.{0,20}partner",
            r"alle akzeptieren",
            r"cookies zustimmen",
            r"datenschutzeinstellungen",
            r"mit werbung weiterlesen",
            r"nous et nos.{0,20}partenaires",
            r"tout accepter",
            r"continuer sans accepter",
            r"vos choix.{0,40}cookies|utilisons.{0,40}cookies",
            r"nosotros y nuestros socios",
            r"aceptar (?:todo|y continuar)",
            r"política de cookies",
            r"accetta(?: tutti|re i cookie)",
            r"noi e i nostri partner",
            r"alles accepteren",
        )
    )
)
_PAYWALL: Final = re.compile(
    "|".join(
        (
            r"subscribe (?:now )?to (?:continue|keep|read|unlock)",
            r"to (?:continue|keep) reading",
            r"already a subscriber",
            r"\b(?:subscribers? only|only for subscribers|for (?:our )?subscribers)\b",
            r"this (?:article|story|content) is (?:reserved|only|exclusive)",
            r"unlock this (?:article|story)",
            r"you have (?:reached|read) your.{0,30}(?:limit|free)",
            r"become a (?:member|subscriber) to",
            r"log in or subscribe",
            r"start your (?:free )?(?:trial|subscription)",
            r"remaining free articles",
            r"réservée? (?:aux|à nos) abonnés",
            r"il vous reste.{0,40}à (?:lire|découvrir)",
            r"déjà abonné",
            r"jetzt weiterlesen",
            r"für abonnent",
            r"weiterlesen mit",
            r"solo para suscriptores",
            r"suscríbete para",
            r"riservato agli abbonati",
            r"exclusivo para assinantes",
            r"alleen voor abonnees",
        )
    )
)

# Said only where the rest of this very article is kept back, wherever on the page it stands: words
# that are looked for in the whole page, in a hundredth of the time, and what they must be part of.
_KEPT_BACK: Final = {
    words: re.compile(pattern)
    for words, pattern in {
        "to read the ": r"to read the (?:full|whole|rest of (?:the|this)) (?:story|article)",
        "to see the ": r"to see the (?:full|whole|rest of (?:the|this)) (?:story|article)",
        " reading th": r"(?:continue|keep) reading (?:this|the) (?:article|story) with",
        "exklusiv für ": r"exklusiv für (?:\w+[- ])?abonnent",
        "sie sind bereits ": r"sie sind bereits (?:digital-?)?abonnent",
        "diesen artikel ": r"diesen artikel (?:weiterlesen|freischalten)",
        "la suite ": r"la suite (?:est|de cet article est) réservée",
        " abonnés": r"(?:article|contenu) (?:est )?réservé (?:aux|à nos) abonnés",
        " exclusivo para ": r"(?:artículo|contenido) exclusivo para suscriptores",
        " riservato agli ": r"(?:articolo|contenuto) riservato agli abbonati",
        "会員限定": r"この記事は(?:有料)?会員限定|会員限定記事",
        "ログインして続きを読む": r"ログインして続きを読む",
    }.items()
}


def is_too_short(text: str) -> bool:
    """Whether a text is shorter than articles are."""
    return len(text) + 2 * len(_CJK.findall(text)) < SHORTEST


# In the names of the elements that a paywall is made of.
_WALL: Final = ("paywall", "subscriber", "piano-", "premium")


def is_consent(text: str) -> bool:
    """Whether a text is a consent or cookie notice: it says two of the things that they say."""
    if len(text) > _NOTICE:
        return False
    said = {match[0].casefold()[:12] for match in _CONSENT.finditer(text.lower())}
    return len(said) >= 2


def is_stub(text: str, html: str, tree: HtmlElement) -> bool:
    """Whether a text is a paywall's teaser: short, with a call to subscribe in or around it.

    html, tree: of the page that it is from.
    """
    if len(text) > _STUB:
        return False
    if _PAYWALL.search(text[-1000:].lower()):
        return True
    page = html.lower()
    if any(words in page and pattern.search(page) for words, pattern in _KEPT_BACK.items()):
        return True
    # Looking at each element of a page costs as much as parsing it.
    return any(name in page for name in _WALL) and bool(_PAYWALL.search(wall(tree).lower()))


def wall(tree: HtmlElement) -> str:
    """The text of the page's elements that are named after a paywall."""
    found = tree.xpath(
        "//*[contains(translate(concat(@class, ' ', @id), 'PAYWL', 'paywl'), 'paywall')"
        " or contains(@class, 'subscriber') or contains(@class, 'piano-')"
        " or contains(@class, 'premium')]"
    )
    return tidy_line(" ".join(" ".join(element.itertext()) for element in found[:20]))[:5000]


def headline_links(tree: HtmlElement) -> frozenset[str]:
    """The headlines that the page links to, outside its navigation and margins, as keys."""
    found = set()
    for link in tree.iter("a"):
        words = " ".join(link.itertext()).split()
        if (
            len(words) >= _HEADLINE_WORDS
            and link.get("href", "").strip("#")
            and not any(parent.tag in ("nav", "footer", "aside") for parent in link.iterancestors())
        ):
            found.add(key(" ".join(words)))
    return frozenset(found)


def is_index(text: str, links: frozenset[str], is_list: bool) -> bool:
    """Whether a page is a list of articles: it links to many, and its text is made of teasers.

    links: keys of the headlines it links to. is_list: whether it says that it is a list. Not to
    be asked of a page that declares itself an article.
    """
    if len(links) < (MANY_HEADLINES // 2 if is_list else MANY_HEADLINES):
        return False
    lines = text.split("\n")
    listed = sum(key(line.removeprefix("- ")) in links for line in lines)
    if listed >= _LISTED_SHARE * len(lines):
        return True
    lengths = [len(line.split()) for line in lines]
    paragraphs = sum(length for length in lengths if length >= _TEASER_WORDS)
    teasers = mean(lengths) < _TEASER_WORDS and paragraphs < sum(lengths) / 2
    return teasers and (is_list or len(links) >= len(lines))


def order(flags: Sequence[str]) -> tuple[str, ...]:
    """Flags in the order of FLAGS, each once."""
    return tuple(flag for flag in FLAGS if flag in flags)
