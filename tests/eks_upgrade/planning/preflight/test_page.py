"""The page of the preflight has a chapter for each check, with its source, and none beside them."""

import re
from pathlib import Path

import pytest

from include.eks_upgrade.planning.preflight.check import Check
from include.eks_upgrade.planning.preflight.checks import CHECKS

PAGE = (Path(__file__).parents[4] / "docs" / "preflight.md").read_text(encoding="utf-8")
_, *REST = re.split(r"(?m)^## ", PAGE.split("\n# The checks\n")[1])
CHAPTERS = dict(chapter.split("\n", 1) for chapter in REST)


def test_every_check_has_a_chapter_and_every_chapter_a_check() -> None:
    assert set(CHAPTERS) == {check.name for check in CHECKS}


def test_the_names_of_checks_are_unique_and_can_be_written_into_a_waiver() -> None:
    names = [check.name for check in CHECKS]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]+", name) for name in names)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_chapter_tells_where_the_check_comes_from(check: Check) -> None:
    assert check.asks.endswith("?")
    assert check.source
    addresses = re.findall(r"https?://[^\s,;)]+", check.source)
    missing = [one for one in addresses if one.rstrip(".") not in CHAPTERS[check.name]]
    assert not missing
    assert "Source:" in CHAPTERS[check.name]
