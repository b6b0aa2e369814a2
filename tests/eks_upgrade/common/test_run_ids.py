"""A run's id names the cluster and the versions."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from include.eks_upgrade.common.run_ids import MAX_LENGTH, next_hop_run_id, upgrade_run_id

WHEN = datetime(2026, 11, 26, 3, 12, tzinfo=UTC)
END = "__20261126T031200Z"
ALLOWED = re.compile(r"^[A-Za-z0-9_.~:+-]+$")
"""Airflow's own pattern (`[scheduler] allowed_run_id_pattern`)."""

NAMES = [
    pytest.param(("payments", "1.33", "1.34"), "upgrade__payments__1.33-to-1.34", id="both"),
    pytest.param(("payments", "", "1.34"), "upgrade__payments__to-1.34", id="the target alone"),
    pytest.param(("payments", "1.33", ""), "upgrade__payments__1.33", id="the next minor"),
    pytest.param(("payments", "", ""), "upgrade__payments", id="no version"),
    pytest.param((" a b/c?", "1.33 ", ""), "upgrade__a-b-c-__1.33", id="odd names"),
]


@pytest.mark.parametrize(("given", "name"), NAMES)
def test_the_id_names_cluster_and_versions(given: tuple[str, str, str], name: str) -> None:
    made = upgrade_run_id(*given, WHEN)
    assert made == f"{name}{END}"
    assert ALLOWED.fullmatch(made)


def test_the_moment_is_told_in_utc_whatever_zone_it_came_in() -> None:
    berlin = WHEN.astimezone(timezone(timedelta(hours=1)))
    assert upgrade_run_id("a", when=berlin) == upgrade_run_id("a", when=WHEN)
    assert upgrade_run_id("a", when=WHEN.replace(tzinfo=None)) == upgrade_run_id("a", when=WHEN)


def test_a_long_name_keeps_the_moment() -> None:
    made = upgrade_run_id("x" * 500, when=WHEN)
    assert len(made) == MAX_LENGTH
    assert made.endswith(END)


def test_it_is_now_by_default() -> None:
    assert re.fullmatch(r"upgrade__a__\d{8}T\d{6}Z", upgrade_run_id("a"))


NEXT = {
    "of a fleet's run": (
        "upgrade__111122223333-eu-west-1__shop__1.33-to-1.34__20261126T031200Z", False,
        "upgrade__111122223333-eu-west-1__shop__1.34-to-1.35__20261126T031200Z",
    ),
    "of a run that named its target alone": (
        "upgrade__shop__to-1.34__20261126T031200Z", False,
        "upgrade__shop__1.34-to-1.35__20261126T031200Z",
    ),
    "of a hop that is tried again": (
        "upgrade__shop__1.34-to-1.34__20261126T031200Z", True,
        "upgrade__shop__1.34-to-1.35__20261126T031200Z-2",
    ),
    "behind one that was tried again": (
        "upgrade__shop__1.33-to-1.34__20261126T031200Z-2", False,
        "upgrade__shop__1.34-to-1.35__20261126T031200Z-2",
    ),
    "tried again once more": (
        "upgrade__shop__1.34-to-1.34__20261126T031200Z-2", True,
        "upgrade__shop__1.34-to-1.35__20261126T031200Z-3",
    ),
    "of a person's run": ("manual__2026-11-26T03:12:00+00:00", False, "otherwise"),
    "of a cluster whose name looks like an id": (
        "upgrade__a__1.1-to-1.2__b__1.33-to-1.34__20261126T031200Z", False,
        "upgrade__a__1.1-to-1.2__b__1.34-to-1.35__20261126T031200Z",
    ),
    "that would be too long": (
        f"upgrade__{'x' * 209}__1.9-to-1.9__20261126T031200Z", True, "otherwise",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("run_id", "again", "wanted"), NEXT.values(), ids=NEXT)
def test_the_id_of_the_next_run_follows_from_the_one_before(
    run_id: str, again: bool, wanted: str
) -> None:
    made = next_hop_run_id(run_id, ("1.34", "1.35"), again=again, otherwise="otherwise")
    assert made == wanted
