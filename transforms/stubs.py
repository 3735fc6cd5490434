"""Paywalls: whether a text is but the beginning of an article that is kept back for subscribers."""

from collections.abc import Callable
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

from transforms.beside import Beside
from transforms.clean import tidy_line
from transforms.phrases import Phrases
from transforms.quality import size

_STUB: Final = 2500  # code points; a longer text is more than a paywall's teaser
_KEPT: Final = 5000  # the same, where the page says that the rest is kept back
_END: Final = 1000  # code points of a text in which the call may be that ends it
_BELOW: Final = 300  # code points below a text that are read as if they ended it
_ABOVE: Final = 200  # code points above a text in which it is labelled
_LONGEST_LABEL: Final = (
    60  # code points of a line of the text that labels it; a longer one is prose
)

# All patterns are in lower case, as the texts are made that they are looked for in: minding the
# case of each letter takes five times as long.

# Who may read on.
_PERSON: Final = (
    r"(?:(?:\w+[ -])?subscribers|(?:\w+[ -])?members|abonn[ée]s|adhérents|inscrits"
    r"|(?:\w+[ -])?abonnent\w*|mitglieder"
    r"|suscriptores|abonados|socios|abbonati|assinantes|subscritores|abonnees|leden|abonnenter"
    r"|medlemm\w+|prenumeranter|subskrybentów|prenumeratorów|abonamentem|předplatitele|tilaajille)"
)
# Said only where the rest of this very article is kept back.
_KEPT_BACK: Final = Phrases(
    (
        r"(?<!here )to (?:read|see) the (?:full|whole|rest of (?:the|this)) (?:story|article)",
        r"(?:continue|keep) reading (?:this|the) (?:article|story|post) (?:with|for free)",
        r"(?:register|sign up|log in|create an account) to (?:continue|keep) reading",
        r"(?:paid|paying) subscriber (?:to \w+ )?to (?:unlock|read|continue)",
        r"this post is for pa(?:id|ying) (?:subscribers|members)",
        r"exclusive to \S{1,20} subscribers",
        r"exklusiv für (?:\w+[- ])?\w*bonnent",
        r"sie sind bereits (?:digital-?)?abonnent",
        r"diesen artikel (?:weiterlesen|freischalten)",
        r"(?:registrieren|anmelden|einloggen) und weiterlesen",
        r"möchten sie (?:\w+ ){0,2}weiterlesen",
        r"la suite (?:est|de cet article est) réservée",
        r"pour (?:lire|découvrir|accéder à) (?:la suite|l.intégralité)",
        r"il vous reste.{0,40}à (?:lire|découvrir)",
        r"(?:cet article|ce contenu) est réservé (?:aux|à nos)",
        r"(?:artículo|contenido) exclusivo para suscriptores",
        r"para (?:seguir|continuar) leyendo",
        r"(?:articolo|contenuto) riservato agli abbonati",
        r"per continuare a leggere",
        r"para continuar (?:lendo|a ler)",
        r"(?:conteúdo|artigo) exclusivo para (?:assinantes|subscritores)",
        r"lees verder met|om (?:dit artikel|verder) te (?:kunnen )?lezen",
        r"för att läsa (?:vidare|hela|resten)|for å lese (?:videre|hele|resten)",
        r"for at læse (?:videre|hele|resten)|aby (?:czytać dalej|przeczytać (?:cały|całość))",
        r"lukeaksesi|vain tilaajille",
        r"この記事は(?:有料)?会員限定|ログインして続きを読む|続きをお読み|残り\d+文字",
    )
)
# Said where somebody may not read on, of this article if it ends there.
_CALL: Final = Phrases(
    (
        r"(?:subscribe|register|sign up|sign in|log ?in|join)\b.{0,40}\bto "
        r"(?:continue reading|keep reading|read (?:the|this|more|full|our)|unlock"
        r"|(?:access|view|see) (?:the |this |all |our )?(?:\w+ )?"
        r"(?:article|stor|content|post|archive))",
        r"to (?:continue|keep) reading|to (?:read|access) this (?:article|story|post)",
        r"already (?:a |an )?(?:\w+ )?subscriber",
        r"this (?:article|story|content|post) is (?:\w+ ){0,2}(?:reserved|exclusive)\b",
        r"(?:article|story|content|post) is (?:\w+ ){0,2}(?:for|to) (?:our |\w+ )?" + _PERSON,
        r"unlock (?:this|the) (?:article|story|post)",
        r"you(?: have|'ve|’ve) (?:reached|read|used).{0,30}(?:limit|free)",
        r"become an? (?:\w+ )?(?:member|subscriber) to",
        r"log in or subscribe|subscribe or log in",
        r"start your (?:free )?(?:trial|subscription)",
        r"remaining free articles|free (?:articles|stories) (?:left|remaining)",
        r"(?:buy|purchase) (?:this|the (?:full |whole )?)(?:article|story)",
        r"(?:abo\w*|plus|registrier\w*|anmeld\w*|einlogg\w*|jetzt|testen)\b.{0,30}weiterlesen",
        r"weiterlesen (?:mit|für|im)\b.{0,30}(?:abo|plus|digital|€|euro|premium)",
        r"(?:schon|bereits|ich bin|ich habe bereits ein) (?:\w+ )?abo(?:nnent)?\b",
        r"(?:artikel|beitrag|inhalt) (?:\w+ ){0,4}(?:freischalten|nur für|exklusiv|kaufen)",
        r"(?:déjà|vous êtes) (?:un )?(?:abonné|inscrit)",
        r"abonne[zr](?:-vous)? pour (?:lire|continuer|accéder|débloquer)",
        r"suscríbe(?:te|ase) (?:para|y)\b|regístrate (?:para|y) (?:leer|seguir|continuar)",
        r"ya (?:eres|es|soy) (?:suscriptor|socio|usuario)|hazte (?:socio|suscriptor)",
        r"(?:sei già|già) abbonat|abbonati per (?:leggere|continuare|accedere)",
        r"já (?:é|sou) (?:assinante|subscritor)|assine (?:para|e) (?:ler|continu|ter)",
        r"al abonnee|(?:log in|inloggen|abonneer\w*|neem een abonnement) (?:\w+ ){0,3}lezen",
        r"(?:redan|allerede) (?:prenumerant|abonnent|kunde|kund|medlem)",
        r"(?:prenumerera|logga in|bli medlem|logg inn|log ind|bliv medlem|køb|kjøp) "
        r"(?:\w+ ){0,4}(?:läsa|läs|lese|les|læse|læs)\b",
        r"(?:masz już|máte již|už máte) (?:\w+ )?(?:konto|prenumerat|subskrypc|předplatn)",
        r"(?:tilaa|kirjaudu) (?:\w+ ){0,3}(?:lue|lukea|jatka)|oletko jo tilaaja",
        r"登录后(?:继续)?阅读|订阅后|付费(?:内容|阅读)|로그인 후|구독 후",
    )
)
# Labels of articles that are for subscribers: this one, if it stands right above or below it.
_LABEL: Final = Phrases(
    (
        r"\b(?:subscribers?|members?)[- ]only\b|\bfor (?:our )?subscribers\b",
        r"\b(?:only|exclusively|just|reserved) for (?:\w+ )?" + _PERSON,
        r"(?:réservée?s?|exclusi\w+) (?:aux|à nos|para|agli|ai) " + _PERSON,
        r"für (?:unsere )?abonnent|(?:solo|sólo|só|apenas|riservato) (?:para|per|agli) " + _PERSON,
        r"(?:alleen|exclusief) voor " + _PERSON,
        r"(?:endast|bara|kun|exklusivt) (?:för|for) " + _PERSON,
        r"(?:tylko|wyłącznie) dla " + _PERSON,
        r"会員限定記事|会员专享|구독자 전용",
    )
)
# How a text ends that was cut.
_CUT: Final = ("…", "...", "[…]", "[...]", "…»", "...”")
_SHOWN: Final = etree.XPath(
    "//body//text()[not(ancestor::script or ancestor::style or ancestor::nav or ancestor::footer"
    " or ancestor::aside or ancestor::a)]"
)


def is_stub(text: str, html: str, tree: HtmlElement, near: Callable[[], Beside]) -> bool:
    """Whether a text is but the beginning of an article that is kept back for subscribers.

    The page says outside its menus and links that the rest is kept back; or a call to subscribe
    ends it; or it is cut in the middle of a sentence on a page that has a paywall; or it is short,
    and a call stands right below it or a label for subscribers right above it.
    html, tree: of the page that it is from; near: gives what is beside it.
    """
    length = size(text)
    if length > _KEPT:
        return False
    lowered = html.lower()
    if _KEPT_BACK.search(lowered) and _KEPT_BACK.search(shown(tree).lower()):
        return True
    if text.rstrip().endswith(_CUT) and "paywall" in lowered:
        return True
    end = text[-_END:].lower()
    if _CALL.search(end):
        return True
    if length > _STUB:
        return False
    place = near()
    return bool(
        any(len(line) <= _LONGEST_LABEL and _LABEL.search(line) for line in end.split("\n"))
        or _CALL.search(place.after[:_BELOW])
        or _LABEL.search(place.before[-_ABOVE:])
    )


def shown(tree: HtmlElement) -> str:
    """What a page shows outside its menus, margins and links, on one line."""
    return tidy_line(" ".join(_SHOWN(tree)))
