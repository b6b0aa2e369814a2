"""Worse for minutes and not for an instant: rows of looks, thirty seconds apart."""

import pytest

from include.eks_upgrade.verification.compare import Worse
from include.eks_upgrade.verification.patience import Patience

STEP = 30.0
SHORT, LOOPS = Worse("has 2 of 3 Ready pods"), Worse("crashes in a loop", flapping=True)
LOOK = {"+": None, "-": SHORT, "x": LOOPS}


def after(looks, minutes=3.0, step=STEP):
    """Patience after looks at `web`: `+` well, `-` short, `x` between crashes."""
    patience = Patience(minutes * 60)
    for number, look in enumerate(looks):
        worse = {"web": LOOK[look]} if LOOK[look] else {}
        patience.look(["web", "calm"], worse, 1_000_000.0 + number * step)
    return patience


def holds(patience):
    """Whether web keeps the old group; the other workload is always well."""
    return "web" in patience.damaged() + patience.unproven()


@pytest.mark.parametrize(
    ("looks", "kept"),
    [
        pytest.param("+", True, id="one look proves nothing"),
        pytest.param("++++++", True, id="two and a half minutes do not, either"),
        pytest.param("+++++++", False, id="well for three minutes"),
        pytest.param("-", True, id="short from the beginning"),
        pytest.param("----------------", True, id="short for ever"),
        pytest.param("---+++++++", False, id="short at first, as after any drain"),
        pytest.param("+++++++-", False, id="short for an instant after that"),
        pytest.param("+++++++------", False, id="short for less than three minutes"),
        pytest.param("+++++++-------", True, id="short for three minutes"),
        pytest.param("++++-", True, id="short before it was proven"),
        pytest.param("++-++-++-++-++-++-++", False, id="now and then short: the minutes add up"),
        pytest.param("+++++++x", True, id="crashing is not forgiven"),
        pytest.param("+++++++x++", True, id="well between two crashes"),
        pytest.param("x++x++x++x++x++x++", True, id="for ever between two crashes"),
        pytest.param("xx++++++++", False, id="it crashed while it waited for another, and came up"),
        pytest.param("-+-+-+-+-+-+-+-+", True, id="never well from one look to the next"),
    ],
)
def test_a_row_of_looks(looks, kept):
    assert holds(after(looks)) == kept


def test_without_minutes_every_look_counts_by_itself():
    assert not holds(after("-+", minutes=0))
    assert holds(after("+-", minutes=0))


def test_what_was_not_looked_at_is_not_proven():
    assert holds(after("++", step=3600.0))


def test_each_workload_is_judged_by_itself():
    """At every single look one of ten is short, and still all are proven in the end."""
    names, patience = [f"app-{n}" for n in range(10)], Patience(180.0)
    for look in range(20):
        patience.look(names, {f"app-{look % 10}": SHORT}, look * STEP)
    assert patience.damaged() + patience.unproven() == []


def test_it_is_told_since_when_and_what_the_pods_say():
    (line,) = after("+--").lines()
    assert line == "web has 2 of 3 Ready pods, since 13:47:10 UTC"


def test_a_clock_that_is_set_back_proves_nothing():
    patience = Patience(60.0)
    for now in (1000.0, 400.0, 430.0):
        patience.look(["web"], {}, now)
    assert patience.unproven() == ["web"]
