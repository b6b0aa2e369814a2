"""Web pages in place of an API's answer are named and never shown."""

import pytest

from include.eks_upgrade.common.foreign_page import MAX_TITLE, is_page, without_page

PAGE = (
    "<!DOCTYPE html>\n<html><head><title>Access &amp; login\n denied</title></head>"
    "<body><h1>Policy 17</h1></body></html>"
)
NAMED = "an HTML page titled 'Access & login denied'"
PAGES = {
    "plain": (PAGE, NAMED),
    "capitals": (PAGE.upper(), "an HTML page titled 'ACCESS & LOGIN DENIED'"),
    "behind a sentence": (f"it said: {PAGE}", f"it said: {NAMED}"),
    "as Python writes bytes": (f"received b'{PAGE}'".replace("\n", "\\n"), f"received {NAMED}"),
    "cut off in its title": ("<html><title>Access", "an HTML page titled 'Access'"),
    "without a title": ("<html lang='de'><body>no</body>", "an HTML page without a title"),
    "an empty title": ("<html><title> </title>", "an HTML page without a title"),
    "a heading instead": ("<html><h1>504 Gateway</h1>", "an HTML page titled '504 Gateway'"),
    "an empty title and a heading": (
        "<html><title></title><h1>No</h1>",
        "an HTML page titled 'No'",
    ),
    "a title with markup": ("<html><title><b>No</b></title>", "an HTML page titled 'No'"),
}


@pytest.mark.parametrize("case", PAGES)
def test_a_page_is_named_by_its_title(case: str) -> None:
    text, named = PAGES[case]
    assert without_page(text) == named


def test_a_long_title_is_cut() -> None:
    assert len(without_page(f"<html><title>{'x' * 500}")) < MAX_TITLE + 40


@pytest.mark.parametrize("text", ["", "no page", "a < b > c", "<ErrorResponse><Error/>", "{}"])
def test_what_is_no_page_stays_as_it_is(text: str) -> None:
    assert without_page(text) == text
    assert not is_page(text)


@pytest.mark.parametrize("before", ["", " \r\n", "\ufeff"])
def test_a_page_is_known_by_its_beginning(before: str) -> None:
    assert is_page(before + PAGE)
    assert is_page((before + PAGE).encode())
    assert not is_page(f"it said: {PAGE}")
