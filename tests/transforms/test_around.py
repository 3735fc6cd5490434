"""Lines that stand around articles are told from the articles."""

import pytest

from tests.transforms.test_extract import SENTENCE, page
from transforms.around import is_boilerplate
from transforms.extract import extract


@pytest.mark.parametrize(
    "line",
    [
        "Sign up to our newsletter for more",
        "Follow us on all channels",
        "Read more here",
        "Jetzt anmelden: unser Newsletter",
        "Inscrivez-vous à notre lettre du soir",
        "Please enable JavaScript to see this page",
        "Your email address will not be published. Required fields are marked",
        "© 2031 The Harbour Gazette. All rights reserved.",
        "Alle Rechte vorbehalten",
    ],
)
def test_a_text_half_of_which_is_around_it_is_boilerplate_and_one_that_ends_in_it_is_not(
    line: str,
) -> None:
    assert is_boilerplate("\n".join([SENTENCE, *[line] * 3]))
    assert not is_boilerplate("\n".join([SENTENCE * 8, line]))


@pytest.mark.parametrize(
    "line",
    [
        "She founded a newsletter about harbours. " * 6,
        "The debugger steps through JavaScript code.",
        "Newsletters are booming, the council was told.",
        "He said that he would share it.",
    ],
)
def test_prose_that_is_about_such_things_is_not_around_it(line: str) -> None:
    assert not is_boilerplate("\n".join([SENTENCE * 2, line, line]))


def test_a_cookie_notice_within_a_text_is_around_it() -> None:
    notice = (
        "Wir verwenden Cookies. Du kannst alle akzeptieren oder die Datenschutz-Einstellungen"
        " ändern und deine Auswahl dort auch später widerrufen."
    )
    assert is_boilerplate("\n".join([SENTENCE * 4, notice]))
    assert not is_boilerplate("\n".join([SENTENCE * 12, notice]))
    assert not is_boilerplate("\n".join([SENTENCE, "The bakery sells cookies on Thursdays."]))


def test_what_an_extractor_took_along_is_flagged() -> None:
    def flagged(calls: int) -> bool:
        asked = (
            f"<p>Our reporters walk {n} quays a day so that you need not. Please support their work"
            " with five crowns a month, or with as little as one.</p>"
            for n in range(calls)
        )
        story = "".join(f"<p>{SENTENCE.replace('tram', f'tram {n}') * 2}</p>" for n in range(4))
        html = f"<html><body><article><h1>Tram</h1>{story}{''.join(asked)}</article></body></html>"
        article = extract(page(html), 30)
        assert article.text.count("Please support") == calls
        return "boilerplate" in article.quality_flags

    assert flagged(3)
    assert not flagged(1)


def test_lines_of_a_notice_are_around_a_text_whatever_else_they_say() -> None:
    notice = ["We value your privacy.", "Our partners rely on legitimate interest for that."]
    assert is_boilerplate("\n".join([SENTENCE, *notice]))
    assert not is_boilerplate("\n".join([SENTENCE, notice[1].replace("interest", "doubts")]))
