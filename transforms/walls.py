"""Consent notices: what stands in front of a page instead of its article."""

from dataclasses import dataclass
from typing import Final

from transforms.phrases import Phrases

_SHORT_NOTICE: Final = 2000  # code points; a longer text may be about privacy
_NOTICE: Final = 10_000  # code points; a longer text about cookies is about cookies
_SAID: Final = (2, 4)  # things that a short and a long notice say, at least
_SHARES: Final = (0.4, 0.5, 0.6)  # of their text, in lines about it; of one that says one thing
_COOKIES: Final = 0.035  # of the words of such a one; prose about cookies has other words too

# All patterns are in lower case, as the texts are made that they are looked for in: minding the
# case of each letter takes five times as long.

# What is set or read, in the languages of much of the news web.
_COOKIE: Final = (
    r"(?:cookies?|kakor|informasjonskapsler|evästeitä|evästeet|ciasteczk\w+|plików cookie|"
    r"технологии cookie)"
)
# Said by consent notices; two make a notice.
_CONSENT: Final = Phrases(
    (
        r"we (?:value|respect|care about) your privacy",
        r"before you continue",
        r"we(?: and our (?:\d+ )?partners)? (?:use|store|process)\b.{0,60}\b(?:cookies|data)",
        r"our (?:\d+ )?(?:trusted )?(?:partners|vendors)",
        r"accept all|reject all|allow all|agree to all",
        r"(?:cookie|consent|privacy) (?:policy|settings|preferences|notice|choices)",
        r"store and/or access information",
        r"manage (?:your )?(?:cookies|choices|preferences|options|consent)",
        r"legitimate interest",
        r"your consent|give consent|withdraw consent|basis of consent",
        r"personali[sz]ed (?:ads|content|advertising)",
        r"(?:strictly )?necessary cookies|these cookies (?:are|allow|collect|enable|may)",
        r"wir und unsere.{0,20}partner",
        r"alle(?:n)? (?:cookies )?(?:akzeptieren|zustimmen|ablehnen|zulassen)",
        r"cookies zustimmen",
        r"(?:datenschutz|cookie|privatsphäre)-?\s?einstellungen",
        r"(?:wir|website) (?:verwende[nt]|nutz(?:en|t)|setz(?:en|t)) (?:\w+ )?cookies",
        r"ihre einwilligung|einwilligung (?:jederzeit )?widerrufen",
        r"mit werbung (?:\w+ )?weiterlesen",
        r"nous et nos.{0,20}partenaires",
        r"tout (?:accepter|refuser)|continuer sans accepter",
        r"vos choix.{0,40}cookies|utilisons.{0,40}cookies|votre consentement",
        r"nosotros y nuestros socios",
        r"(?:aceptar|rechazar) (?:todo|todas|y continuar)",
        r"política de (?:cookies|privacidad)|utiliza(?:mos)? cookies|cookies? esenciales",
        r"accetta(?: tutti|re i cookie)|rifiuta tutti|utilizz\w+ (?:i )?cookie",
        r"noi e i nostri partner",
        r"nós e os nossos parceiros|aceitar (?:todos|cookies)|utilizamos cookies",
        r"alles (?:accepteren|weigeren)|wij(?: en onze partners)? gebruiken cookies",
        r"(?:vi|vår\w*) (?:och våra partner )?(?:använder|bruker|bruger) " + _COOKIE,
        r"(?:godkänn|godta|tillad|accepter|acceptera) alle?\b|kun nødvendige",
        r"käytämme evästeitä|hyväksy (?:kaikki|evästeet)",
        r"(?:używamy|korzystamy z) (?:plików )?cookie|przejdź do serwisu|zaufani partnerzy",
        r"používáme (?:soubory )?cookie|přijmout vše|elfogad(?:om|ás)a?z? (?:mind|összes)",
        r"我们使用\s?cookie|クッキーを使用|쿠키를 사용",
    )
)
# The subject of a notice: prose has it, too, but not in each of its sentences.
_SUBJECT: Final = Phrases(
    (
        *(rf"\b{word}\b" for word in _COOKIE[3:-1].split("|")),
        r"legitimate interest|process(?:es)? (?:your )?data",
        *(
            rf"\b{word}\b"
            for word in ("consent", "einwilligung", "consentement", "consentimiento", "consenso")
        ),
        r"\bvendors?\b|personal data|content and advertising|user profiles?",
        r"advertis(?:ing|ements?) (?:and|presented|profiles?|performance|partners)",
    )
)


# One of these is in nearly every notice, and in few texts; looking for them costs next to nothing.
_TOPICS: Final = (
    "cookie", "consent", "privacy", "einwillig", "datenschutz", "kakor", "informasjonskapsler",
    "eväste", "ciasteczk", "クッキー", "쿠키",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notice:
    """What a text has of a notice: how many things that they say, and the lines that are of it."""

    said: int
    lines: tuple[str, ...]


def notice(lowered: str) -> Notice:
    """What a text in lower case has of a consent or cookie notice."""
    if len(lowered) > _NOTICE or not any(topic in lowered for topic in _TOPICS):
        return Notice(0, ())
    said = len({match[0][:12] for match in _CONSENT.finditer(lowered)})
    lines = lowered.split("\n") if said else []
    return Notice(said, tuple(x for x in lines if _SUBJECT.search(x) or _CONSENT.search(x)))


def is_consent(text: str) -> bool:
    """Whether a text is a consent or cookie notice.

    Much of it is in lines that say several of the things that they say, the more the longer it is;
    or it says one and speaks of little else than cookies and consent.
    """
    lowered = text.lower()
    found = notice(lowered)
    if not found.said:
        return False
    about = sum(map(len, found.lines))
    is_long = len(text) > _SHORT_NOTICE
    if found.said >= _SAID[is_long] and about >= _SHARES[is_long] * len(text):
        return True
    subject = sum(1 for _ in _SUBJECT.finditer(lowered))
    return (
        subject >= 3 and subject > _COOKIES * len(text.split()) and about >= _SHARES[2] * len(text)
    )
