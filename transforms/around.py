"""Lines of a text that stand around articles, not in them: calls, forms, notices, rights.

An extractor takes them for the text where there is none, or where they stand in the middle of it.
"""

import re
from typing import Final

from transforms.phrases import Phrases
from transforms.walls import notice

_SHARE: Final = 0.25  # of a text
_LONGEST_TEXT: Final = 7000  # code points; of a longer one, a quarter is never that
_LONGEST_CALL: Final = 200  # code points; a longer line that mentions a newsletter once is prose
_LONGEST: Final = 600  # the same for one that has several such words
_NOTICES: Final = 2  # things that cookie notices say, of a text in which their lines are those

# By what they are about, in lower case: minding the case of each letter takes five times as long.
_LINES: Final = re.compile(r"\n| \| ")  # a cell of a table says as much as a line
_AROUND: Final = Phrases(
    (
        # rights
        r"all rights reserved|©|\bcopyright\b|terms (?:of|and)|privacy (?:policy|notice)",
        r"may not be (?:published|reproduced)|alle rechte vorbehalten|tous droits réservés",
        r"todos los derechos|tutti i diritti|direitos reservados|alle rechten voorbehouden",
        # subscriptions and gifts
        r"(?:our|\bget|receive|join\w*|free|sign\w*|subscri\w*|unser\w*|abonn\w*|anmeld\w*|notre"
        r"|inscri\w*|recevoir|nuestr\w*|nostra|nossa|for the)\b.{0,60}newsletter",
        r"newsletter.{0,60}\b(?:sign|subscri|abonn|angemeldet|anmeld|inscri|iscri|box\b|inbox)",
        r"^\W*(?:\w+ ){0,2}newsletters?\W*$",
        r"sign up (?:for|to) (?:our|the)|subscribe to (?:our|the|this)|unsubscribe",
        r"already a subscriber|become a (?:member|subscriber)|support (?:our|us\b)",
        r"contributing as little|please (?:contribute|donate|support)|donate (?:now|today)",
        r"download (?:our|the) app|unterstütze? (?:unsere|uns)|abonnier\w+ (?:das|die|unser)",
        r"abonnez-vous|inscrivez-vous|liste de diffusion|désabonner|suscr[íi]b(?:e|a)\b",
        r"suscríbete|iscriviti|assine (?:a |nossa )|abonneer je|prenumerera på|zapisz się",
        # accounts and forms
        r"your (?:e-?mail|browser|account|inbox|password)|forgot\w* (?:your )?password",
        r"email correspondence|processing my personal data|receive offers",
        r"ihrer e-mail-adresse|ihre anmeldung|registrierung (?:war|ist)|jetzt anmelden",
        r"bestätigungslink|ce formulaire|numéro de téléphone|\(required\)|required fields",
        # comments, networks, other pages
        r"leave a (?:reply|comment|response)|post a comment|must be logged in|no comments yet",
        r"comments are closed|notify me of|trackback|post comments \(atom\)|any responses to",
        r"rss feed for|bookmark the permalink|listed below are links|blogs that reference",
        r"mail \((?:will not|hidden)|(?:not|been) logged (?:in|out)|log ?in to\b|sign up now",
        r"e-?mail (?:alerts|digest)|subscribe (?:via|by)\b|\bin the cart\b|buy this domain",
        r"(?:message|error) (?:has been|was|occurred)|page not found|\berror 40[34]\b",
        r"no longer (?:available|at this address)|follow (?:us|me) (?:on|at)|like us on",
        r"click here|share (?:this|on)\b|read more\b|opens in (?:a )?new|folgen sie uns",
        r"lesen sie (?:auch|mehr)|artikel teilen|à lire aussi|partager sur|s[íi]guenos",
        r"seguici su|siga-nos|compartir en|condividi su|compartilhar|dela på|del på",
        r"(?:newer|older) posts?\b|skip to (?:\w+ )?content|back to top|zur merkliste",
        r"make your timeline better",
        # what a page says to a browser
        r"(?:enabl\w*|requires?|without|use|aktivier\w*|activ\w*|habilit\w*) javascript",
        r"javascript(?: is| ist| must| muss)? (?:en|dis|turned|require|not|aktiv|activ|func)",
        r"advertisement\b|druckansicht|embed-code|over capacity",
        # cookies
        r"(?:uses?|sets?|stores?|our|necessary) cookies|cookies? (?:policy|notice)|cookie is",
        r"cookies.{0,60}(?:verwendet|zustimm)|verwend\w+ (?:\w+ )?cookies",
        r"datenschutzerklärung|utilis\w+ des cookies|utiliza\w* cookies",
    )
)


def is_boilerplate(text: str) -> bool:
    """Whether a quarter of a text is what stands around articles: calls to subscribe, rights."""
    if len(text) > _LONGEST_TEXT:
        return False
    lowered = text.lower()
    phrases = _AROUND.of(lowered)
    if phrases is None:
        return False
    found = notice(lowered)
    of_notice = frozenset(found.lines if found.said >= _NOTICES else ())
    around = sum(
        len(line)
        for line in _LINES.split(lowered)
        if line in of_notice or _is_around(line, phrases)
    )
    return around > _SHARE * len(text)


def _is_around(line: str, phrases: re.Pattern[str]) -> bool:
    """A call of one or two sentences, or a paragraph that is full of such words."""
    if len(line) > _LONGEST:
        return False
    said = len(phrases.findall(line))
    return said >= 1 + (len(line) > _LONGEST_CALL)
