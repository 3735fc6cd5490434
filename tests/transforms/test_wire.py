"""Wire credits: where a credit stands decides what it means."""

import tomllib
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.wire import Wire, agencies_in, credit


@pytest.mark.parametrize(
    ("opening", "agency"),
    [
        ("OSTREL, May 4 (AFP) - ", "AFP"),
        ("OSTREL (Reuters) — ", "Reuters"),
        ("Puerto Albar, 12 may (EFE).- ", "EFE"),
        ("TULMERE, May 4. /TASS/. ", "TASS"),
        ("Lower Tarn [Averland], May 4 (ANI): ", "ANI"),
        ("BRACKWATER, May 4 (Xinhua) -- ", "Xinhua"),
        ("Hohenmoor (dpa) - ", "dpa"),
        ("(Reuters) - ", "Reuters"),
        ("(ANSA) - VALSERRA, 4 MAG - ", "ANSA"),
    ],
)
def test_a_dateline_names_the_agency_whose_report_it_is(opening: str, agency: str) -> None:
    wire = credit(f"{opening}The lock was opened.\nShips waited.")
    assert wire.source == agency
    assert agency in " ".join(wire.evidence) or agency.upper() in " ".join(wire.evidence)


@pytest.mark.parametrize(
    ("closing", "agency"),
    [
        (" (AP)", "AP"),
        ("\n[AFP]", "AFP"),
        (" -- Reuters", "Reuters"),
        ("\nAFP", "AFP"),
        ("\nburs-sct/sst", "AFP"),
        ("\n© 2031 AFP", "AFP"),
        ("\nSource: Kyodo", "Kyodo"),
        (" (Reporting by Ann Lee in Ostrel; Editing by Bo Kim)", "Reuters"),
    ],
)
def test_a_closing_credit_names_the_agency_whose_report_it_is(closing: str, agency: str) -> None:
    assert credit(f"The lock was opened. Ships waited.{closing}").source == agency


@pytest.mark.parametrize(
    ("byline", "source", "contributors"),
    [
        (["Orla Fenn for AFP", "Jon Odell for AFP"], "AFP", ()),
        (["Orla Fenn, Associated Press"], "AP", ()),
        (["Reuters Staff"], "Reuters", ()),
        (["Orla Fenn", "AP"], None, ("AP",)),
        (["Orla Fenn with AFP"], None, ("AFP",)),
        (["Orla Fenn for AFP", "Jon Odell for Reuters"], None, ("AFP", "Reuters")),
        (["TDT, Anna Price"], None, ()),
        (["Ap Hoekstra"], None, ()),
    ],
)
def test_a_byline_credits_its_agency(
    byline: list[str], source: str | None, contributors: tuple[str, ...]
) -> None:
    wire = credit("The lock was opened.", byline)
    assert (wire.source, wire.contributors) == (source, contributors)


@pytest.mark.parametrize(
    "text",
    [
        'The lock was opened. "At last," the mayor told AFP.',
        "An AP reporter saw the lock open.",
        "The lock was opened, Reuters reported.\nShips waited.",
        "The mayor at the lock. Lea Arnau/Getty Images/AFP",
        "The lock. AFP PHOTO",
        "The lock was opened. (AP Photo/Lea Arnau)",
        "PA systems failed at the lock.",
        "The lock was opened (AFP had said so) on Monday. " + "Ships waited at the quay. " * 40,
    ],
)
def test_a_mention_or_a_photo_credit_makes_no_report_of_the_agency(text: str) -> None:
    assert credit(text) == Wire()


def test_sources_and_inputs_are_contributors_only() -> None:
    wire = credit(
        "The lock was opened.\n(Sources: AFP; Ann Lee and Bo Kim, Reuters; Cy Roe, WSJ)",
    )
    assert (wire.source, wire.contributors) == (None, ("AFP", "Reuters", "WSJ"))
    assert credit("The lock was opened.\nWith inputs from PTI").contributors == ("PTI",)
    helped = credit("It opened.\nAssociated Press writer Jo Poe contributed to this report.")
    assert (helped.source, helped.contributors) == (None, ("AP",))


def test_the_source_is_not_its_own_contributor() -> None:
    wire = credit("The lock was opened.", credits=["OSTREL (AFP) -", "(Sources: AFP; EFE)"])
    assert (wire.source, wire.contributors) == ("AFP", ("EFE",))
    assert wire.evidence == ("OSTREL (AFP) -", "(Sources: AFP; EFE)")


def test_the_initials_of_an_unknown_agency_are_not_taken_for_a_known_one() -> None:
    for opening in ("OSTREL, March 4 (NorthWire) - ", "OSTREL (NorthWire) -- "):
        assert credit(f"{opening}The lock was opened. Ships waited.\nfb-ml/nw") == Wire()
    assert credit("The lock was opened.\nfb-ml/nw", ["Orla Fenn for NorthWire"]) == Wire()


def test_agencies_are_named_alike_whatever_form_is_printed() -> None:
    assert agencies_in("the Associated Press, AP and Agence France-Presse") == ("AP", "AFP")
    assert agencies_in("ap, APPLE, ta-AP-e") == ("AP",)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=800), st.lists(st.text(max_size=40), max_size=3))
def test_no_text_breaks_the_rules(text: str, lines: list[str]) -> None:
    wire = credit(text, lines, lines)
    assert wire.source not in wire.contributors
    assert bool(wire.evidence) == bool(wire.source or wire.contributors)


def forms() -> list[tuple[str, str]]:
    """Every form of every agency, with the agency's name."""
    data = tomllib.loads((files("transforms") / "data" / "agencies.toml").read_text("utf-8"))
    return [(form, entry["name"]) for entry in data["agency"] for form in entry["forms"]]


@pytest.mark.parametrize(("form", "agency"), forms())
def test_every_form_of_an_agency_is_a_credit_at_the_end(form: str, agency: str) -> None:
    assert credit(f"The lock was opened on Tuesday.\n({form})").source == agency
    # Its letters inside of other words are none.
    assert credit(f"The lock was opened on Tuesday.\n(x{form}x)") == Wire()
