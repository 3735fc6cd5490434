"""What stands in front of a page instead of its article: consent notices and paywalls."""

import re
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

from transforms.clean import tidy_line
from transforms.quality import size

_STUB: Final = 2500  # code points; a longer text is more than a paywall's teaser
_KEPT: Final = 5000  # the same, where the page says that the rest is kept back
_SHORT_NOTICE: Final = 2000  # code points; a longer text may be about privacy
_NOTICE: Final = 10_000  # code points; a longer text about cookies is about cookies
_COOKIES: Final = 0.035  # of the words of a notice; prose about cookies has other words too

# All patterns are in lower case, as the texts are made that they are looked for in: minding the
# case of each letter takes five times as long.

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
_COOKIE: Final = re.compile(r"\bcookies?\b|legitimate interest|process(?:es)? (?:your )?data")
# Said where somebody may not read on.
_CALLS: Final = (
    r"subscribe (?:now )?to (?:continue|keep|read|unlock)",
    r"to (?:continue|keep) reading",
    r"already a subscriber",
    r"this (?:article|story|content) is (?:reserved|only|exclusive)",
    r"unlock this (?:article|story)",
    r"you have (?:reached|read) your.{0,30}(?:limit|free)",
    r"become a (?:member|subscriber) to",
    r"log in or subscribe",
    r"start your (?:free )?(?:trial|subscription)",
    r"remaining free articles",
    r"déjà abonné",
    r"jetzt weiterlesen",
    r"weiterlesen mit",
    r"suscríbete para",
)
# Labels of articles that are for subscribers, this one or others.
_FOR_SUBSCRIBERS: Final = (
    r"\b(?:subscribers? only|only for subscribers|for (?:our )?subscribers)\b",
    r"réservée? (?:aux|à nos) abonnés",
    r"für abonnent",
    r"solo para suscriptores",
    r"riservato agli abbonati",
    r"exclusivo para assinantes",
    r"alleen voor abonnees",
    r"会員限定記事",
)
_CALL: Final = re.compile("|".join(_CALLS))
_PAYWALL: Final = re.compile("|".join((*_CALLS, *_FOR_SUBSCRIBERS)))
# Said only where the rest of this very article is kept back.
_KEPT_BACK: Final = re.compile(
    "|".join(
        (
            r"to (?:read|see) the (?:full|whole|rest of (?:the|this)) (?:story|article)",
            r"(?:continue|keep) reading (?:this|the) (?:article|story|post) (?:with|for free)",
            r"(?:register|sign up|log in|create an account) to (?:continue|keep) reading",
            r"(?:paid|paying) subscriber (?:to \w+ )?to (?:unlock|read|continue)",
            r"this post is for pa(?:id|ying) (?:subscribers|members)",
            r"exclusive to \S{1,20} subscribers",
            r"exklusiv für (?:\w+[- ])?\w*bonnent",
            r"sie sind bereits (?:digital-?)?abonnent",
            r"diesen artikel (?:weiterlesen|freischalten)",
            r"(?:registrieren|anmelden|einloggen) und weiterlesen",
            r"la suite (?:est|de cet article est) réservée",
            r"il vous reste.{0,40}à (?:lire|découvrir)",
            r"(?:cet article|ce contenu) est réservé (?:aux|à nos)",
            r"(?:artículo|contenido) exclusivo para suscriptores",
            r"para (?:seguir|continuar) leyendo",
            r"(?:articolo|contenuto) riservato agli abbonati",
            r"per continuare a leggere",
            r"para continuar lendo",
            r"lees verder met",
            r"この記事は(?:有料)?会員限定|ログインして続きを読む|続きをお読み|残り\d+文字",
        )
    )
)
# One of these is in whatever _KEPT_BACK finds; looking for them costs a tenth of it.
_ANCHORS: Final = (
    "to read the", "to see the", "reading th", "to continue reading", "to keep reading",
    "paid subscriber", "paying subscriber", "is for pa", "exclusive to", "exklusiv für",
    "bereits", "diesen artikel", "und weiterlesen", "la suite", "vous reste", "est réservé",
    "exclusivo para", "leyendo", "riservato", "leggere", "lendo", "lees verder",
    "会員限定", "続き", "残り",
)  # fmt: skip
# In the names of the elements that a paywall is made of.
_WALL: Final = ("paywall", "subscriber", "piano-", "premium")
_SHOWN: Final = etree.XPath(
    "//body//text()[not(ancestor::script or ancestor::style or ancestor::nav or ancestor::footer"
    " or ancestor::aside or ancestor::a)]"
)


def is_consent(text: str) -> bool:
    """Whether a text is a consent or cookie notice.

    It is short and says two of the things that they say, or speaks of little else than cookies.
    """
    if len(text) > _NOTICE:
        return False
    lowered = text.lower()
    said = {match[0][:12] for match in _CONSENT.finditer(lowered)}
    if len(said) >= 2 and len(text) <= _SHORT_NOTICE:
        return True
    cookies = len(_COOKIE.findall(lowered))
    return bool(said) and cookies >= 3 and cookies > _COOKIES * len(text.split())


def is_stub(text: str, html: str, tree: HtmlElement) -> bool:
    """Whether a text is but the beginning of an article that is kept back for subscribers.

    It is short with a call to subscribe in or around it, or the page says outside its menus and
    links that the rest is kept back.
    html, tree: of the page that it is from.
    """
    if size(text) > _KEPT:
        return False
    lowered = html.lower()
    if (
        any(anchor in lowered for anchor in _ANCHORS)
        and _KEPT_BACK.search(lowered)
        and _KEPT_BACK.search(shown(tree).lower())
    ):
        return True
    if size(text) > _STUB:
        return False
    # Looking at each element of a page costs as much as parsing it.
    walled = any(name in lowered for name in _WALL)
    return bool(
        _PAYWALL.search(text[-1000:].lower()) or (walled and _CALL.search(wall(tree).lower()))
    )


def shown(tree: HtmlElement) -> str:
    """What a page shows outside its menus, margins and links, on one line."""
    return tidy_line(" ".join(_SHOWN(tree)))


def wall(tree: HtmlElement) -> str:
    """The text of the page's elements that are named after a paywall."""
    found = tree.xpath(
        "//*[contains(translate(concat(@class, ' ', @id), 'PAYWL', 'paywl'), 'paywall')"
        " or contains(@class, 'subscriber') or contains(@class, 'piano-')"
        " or contains(@class, 'premium')]"
    )
    return tidy_line(" ".join(" ".join(element.itertext()) for element in found[:20]))[:5000]
