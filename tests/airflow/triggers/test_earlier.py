"""A wait knows from earlier ones when its end is to be expected."""

from collections.abc import Iterator

import pytest
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.triggers import earlier
from eks_upgrade_airflow.triggers.earlier import expected_seconds, learn

SHOP, SEARCH = ClusterAddress("shop"), ClusterAddress("search")
WHAT = "control plane"


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    earlier.forget()
    yield
    earlier.forget()


def test_without_any_the_usual_time_is_expected() -> None:
    assert expected_seconds(WHAT, SHOP, 600.0) == 600.0


def test_the_cluster_has_its_own_time_and_a_new_one_that_of_the_others() -> None:
    learn(WHAT, SHOP, 480.0)
    learn(WHAT, SEARCH, 900.0)
    assert expected_seconds(WHAT, SHOP, 600.0) == 480.0
    assert expected_seconds(WHAT, SEARCH, 600.0) == 900.0
    assert expected_seconds(WHAT, ClusterAddress("new"), 600.0) == 690.0


def test_one_that_took_for_ever_does_not_count_for_the_next() -> None:
    for seconds in (500.0, 510.0, 9000.0):
        learn(WHAT, SHOP, seconds)
    assert expected_seconds(WHAT, SHOP, 600.0) == 510.0


def test_the_last_five_count() -> None:
    for seconds in (9000.0,) * 5 + (500.0,) * 5:
        learn(WHAT, SHOP, seconds)
    assert expected_seconds(WHAT, SHOP, 600.0) == 500.0


def test_kinds_of_waits_are_told_apart_and_some_are_not_learned() -> None:
    learn(WHAT, SHOP, 500.0)
    learn("", SHOP, 1.0)
    assert expected_seconds("add-on", SHOP, 90.0) == 90.0
    assert expected_seconds("", SHOP, 90.0) == 0.0
