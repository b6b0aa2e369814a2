"""Whether a ring is good enough for the next: by two numbers, never by failures alone."""

from dataclasses import replace
from typing import Any

import pytest

from include.eks_upgrade.fleet.file.model import Threshold
from include.eks_upgrade.fleet.judge_ring import (
    ClusterResult,
    Outcome,
    Standing,
    judge_ring,
    may_go_on,
)

LETTERS = {
    "h": Outcome.HEALTHY,
    "u": Outcome.UNHEALTHY,
    "f": Outcome.FAILED,
    "n": Outcome.NOT_TRIED,
    "l": Outcome.LEFT,
    "d": Outcome.NOTHING_TO_DO,
}
FIRST, TENTH, LATER = Threshold(), Threshold(unhealthy="10%"), Threshold(unhealthy=1, successes=3)


def results(letters: str) -> list[ClusterResult]:
    return [
        ClusterResult(arn=f"arn{at}", title=f"c{at}", outcome=LETTERS[letter], why=f"why{at}.")
        for at, letter in enumerate(letters)
    ]


JUDGED: list[Any] = [
    pytest.param(FIRST, "", "held", id="no clusters at all"),
    pytest.param(FIRST, "ddd", "held", id="there was nothing to do"),
    pytest.param(FIRST, "h", "held", id="one success"),
    pytest.param(FIRST, "hhd", "held", id="successes beside what was done"),
    pytest.param(FIRST, "u", "broken", id="one unhealthy"),
    pytest.param(FIRST, "f", "broken", id="one failed"),
    pytest.param(FIRST, "hhhhf", "broken", id="one failed of many"),
    pytest.param(FIRST, "n", "unfinished", id="nobody could be tried"),
    pytest.param(FIRST, "nd", "unfinished", id="nobody could be tried, one was done"),
    pytest.param(FIRST, "hn", "held", id="one locked beside one success"),
    pytest.param(FIRST, "l", "unfinished", id="no time for any"),
    pytest.param(FIRST, "hhl", "unfinished", id="no time for the last"),
    pytest.param(FIRST, "fl", "broken", id="broken before the time was over"),
    pytest.param(Threshold(unhealthy=1), "f", "broken", id="allowed, but none succeeded"),
    pytest.param(Threshold(unhealthy=1), "fn", "unfinished", id="allowed, and one is to be tried"),
    pytest.param(Threshold(unhealthy=1), "fh", "held", id="allowed, and one succeeded"),
    pytest.param(Threshold(unhealthy=1), "fuh", "broken", id="one more than allowed"),
    pytest.param(TENTH, "f" + "h" * 9, "held", id="a tenth of ten"),
    pytest.param(TENTH, "f" + "h" * 2, "held", id="a tenth of three is rounded up"),
    pytest.param(TENTH, "ff" + "h" * 9, "held", id="a tenth of eleven is two"),
    pytest.param(TENTH, "ff" + "h" * 8, "broken", id="two of ten"),
    pytest.param(
        TENTH, "ff" + "h" * 8 + "n" * 9, "broken", id="a share of those that were started"
    ),
    pytest.param(LATER, "hhh", "held", id="three successes"),
    pytest.param(LATER, "hhf", "broken", id="one success too few"),
    pytest.param(LATER, "hh", "held", id="no more were to be had"),
    pytest.param(LATER, "hhn", "unfinished", id="the third could not be tried"),
    pytest.param(Threshold(successes=0), "n", "held", id="no success is asked for"),
    pytest.param(
        Threshold(unhealthy="100%", successes=0), "ff", "held", id="everything is allowed"
    ),
    pytest.param(Threshold(unhealthy="0%"), "fhh", "broken", id="none of a hundred"),
]


@pytest.mark.parametrize(("threshold", "letters", "standing"), JUDGED)
def test_a_ring_is_judged_by_what_was_seen(
    threshold: Threshold, letters: str, standing: str
) -> None:
    verdict = judge_ring(threshold, results(letters))
    assert verdict.standing == standing
    assert verdict.held == (standing == "held")
    assert verdict.broken == (standing == "broken")


WORDS: list[Any] = [
    pytest.param(
        FIRST, "hh", "0 unhealthy (0 allowed), 2 upgraded and healthy (1 needed)", id="held"
    ),
    pytest.param(
        FIRST,
        "dd",
        "there was nothing to do: 0 unhealthy (0 allowed), 0 upgraded and healthy (0 needed)",
        id="nothing to do",
    ),
    pytest.param(
        FIRST,
        "huf",
        "too many are unhealthy: 2 unhealthy, 1 of them failed (0 allowed), 1 upgraded and healthy "
        "(1 needed): c1 (why1); c2 (why2)",
        id="broken",
    ),
    pytest.param(
        LATER,
        "hhf",
        "too few succeeded: 1 unhealthy (1 allowed), 2 upgraded and healthy (3 needed): c2 (why2)",
        id="too few",
    ),
    pytest.param(
        FIRST,
        "n",
        "too few were tried, 1 cluster could not be: 0 unhealthy (0 allowed), 0 upgraded and "
        "healthy (1 needed)",
        id="locked",
    ),
    pytest.param(
        FIRST,
        "hll",
        "2 clusters still to go: 0 unhealthy (0 allowed), 1 upgraded and healthy (1 needed)",
        id="no time",
    ),
]


@pytest.mark.parametrize(("threshold", "letters", "why"), WORDS)
def test_a_verdict_says_both_numbers_and_who_broke_it(
    threshold: Threshold, letters: str, why: str
) -> None:
    assert judge_ring(threshold, results(letters)).why == why


def test_a_verdict_counts_every_kind() -> None:
    verdict = judge_ring(TENTH, results("hhufnlld"))
    counts = (verdict.healthy, verdict.unhealthy, verdict.failed, verdict.not_tried, verdict.left)
    assert counts == (2, 1, 1, 1, 2)
    assert verdict.standing is Standing.BROKEN


def test_of_many_that_broke_it_a_few_are_named() -> None:
    assert judge_ring(FIRST, results("f" * 50)).why.endswith("and 45 more")


GOING_ON: list[Any] = [
    pytest.param(FIRST, "", 5, "", id="nothing has ended"),
    pytest.param(FIRST, "hh", 5, "", id="all well so far"),
    pytest.param(FIRST, "hf", 5, "1 unhealthy, and 0 may be: c1 (why1)", id="one too many"),
    pytest.param(TENTH, "ff", 20, "", id="a share of all that are to go, not of those that went"),
    pytest.param(
        TENTH, "fff", 20, "3 unhealthy, and 2 may be: c0 (why0); c1 (why1); c2 (why2)", id="3"
    ),
    pytest.param(
        LATER,
        "f",
        3,
        "at most 2 can still succeed, and 3 have to: c0 (why0)",
        id="enough successes are out of reach",
    ),
    pytest.param(LATER, "n", 3, "", id="locked clusters alone stop no other"),
]


@pytest.mark.parametrize(("threshold", "letters", "size", "why"), GOING_ON)
def test_no_further_cluster_begins_once_the_threshold_is_out_of_reach(
    threshold: Threshold, letters: str, size: int, why: str
) -> None:
    assert may_go_on(threshold, results(letters), size) == why


def test_of_each_unhealthy_cluster_the_ring_says_what_happened_not_all_its_remedies() -> None:
    long = "The drain ran out of time. Apply the remedies: 1. pod shop/a: has 1 of 2 pods Ready"
    (seen,) = results("f")
    why = judge_ring(FIRST, [replace(seen, why=long)]).why
    assert why.endswith(": c0 (The drain ran out of time)")
