"""A prediction in sentences that a tired reader understands."""

from dataclasses import replace
from typing import Any

import pytest

from include.eks_upgrade.planning.prediction.lines import (
    prediction_lines,
    prediction_warnings,
    support_text,
)
from include.eks_upgrade.planning.prediction.model import Support
from tests.eks_upgrade.report.sections.test_foretold import FORETOLD

GROUP = FORETOLD.groups[0]
assert GROUP.drain is not None
ENDLESS = replace(
    GROUP,
    best=None,
    probable=None,
    drain=replace(GROUP.drain, best=None, probable=None, never=("budget shop/web: 4 pods",)),
)


def test_a_drain_is_told_with_what_decides_it() -> None:
    lines = prediction_lines(FORETOLD)
    assert lines[0] == (
        "prediction: about 12 min (9 min at best) in all; plan and lock 2 min, control plane 12 min"
    )
    assert lines[1] == (
        "prediction: node group workers: its drain of 4 pods takes about 1 min 6 s (1 min at best),"
        " decided by budget shop/web (maxUnavailable 1): 4 pods, 1 at a time; replaced in about"
        " 8 min (5 min at best)"
    )


def test_what_never_ends_is_told_without_minutes() -> None:
    lines = prediction_lines(replace(FORETOLD, best=None, probable=None, groups=(ENDLESS,)))
    assert lines[0].startswith("prediction: does not end by itself in all")
    assert lines[1] == (
        "prediction: node group workers: its drain does not end by itself:"
        " budget shop/web: 4 pods can never go"
    )


LATE: list[Any] = [
    pytest.param(GROUP, 120, 0, id="in time"),
    pytest.param(GROUP, 1, 1, id="not within the limit"),
    pytest.param(ENDLESS, 1, 0, id="the plan says elsewhere that it never ends"),
    pytest.param(replace(GROUP, drain=None), 1, 0, id="its pods are not known"),
]


@pytest.mark.parametrize(("group", "minutes", "count"), LATE)
def test_a_drain_beyond_its_limit_is_warned_of(group: Any, minutes: float, count: int) -> None:
    found = prediction_warnings(replace(FORETOLD, groups=(group,)), minutes)
    assert len(found) == count
    assert all("(drain_timeout_minutes): budget shop/web" in one for one in found)


def support(**given: Any) -> Support:
    usual: dict[str, Any] = {
        "version": "1.33",
        "standard_days": 10,
        "extended_days": 375,
        "month_now": 73.0,
        "month_extended": 438.0,
    }
    return Support(**{**usual, **given})


SUPPORT: list[Any] = [
    pytest.param(
        {},
        "1.33: standard support ends in 10 days; extended support ends in 375 days; staying costs"
        " 73 US dollars a month, 438 in extended support",
        id="in standard support",
    ),
    pytest.param(
        {"standard_days": -1, "month_now": 438.0},
        "1.33: standard support has ended 1 day ago; extended support ends in 375 days; staying"
        " costs 438 US dollars a month",
        id="in extended support",
    ),
    pytest.param(
        {"standard_days": 0, "month_now": 438.0},
        "1.33: standard support has ended today; extended support ends in 375 days; staying"
        " costs 438 US dollars a month",
        id="it ends today",
    ),
    pytest.param(
        {"standard_days": None, "extended_days": None, "month_now": None},
        "1.33: when standard support ends is not known; when extended support ends is not known;"
        " what staying costs is not known",
        id="nothing is known",
    ),
]


@pytest.mark.parametrize(("given", "text"), SUPPORT)
def test_what_staying_costs(given: dict[str, Any], text: str) -> None:
    assert support_text(support(**given)) == text
