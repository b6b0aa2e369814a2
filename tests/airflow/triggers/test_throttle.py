"""One account's throttle slows the waits of that account, and of no other."""

import pytest
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.triggers import throttle
from eks_upgrade_airflow.triggers.throttle import Account, account

from include.eks_upgrade.common.failure import Failure, FailureClass

SHORTEST = 30.0
THROTTLED = Failure(FailureClass.RETRY_SOON, "slow down", code="ThrottlingException")
AWAY = Failure(FailureClass.RETRY_SOON, "no answer", code="InternalFailure")


class Clock:
    """Time that is stepped."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def met(clock: Clock) -> Account:
    return Account(clock)


def refuse(met: Account, clock: Clock, times: int) -> None:
    for _ in range(times):
        met.met(THROTTLED, SHORTEST)
        clock.seconds += SHORTEST


def test_an_account_that_answers_has_the_usual_pauses(met: Account) -> None:
    assert met.pause(45.0, SHORTEST) == 45.0


def test_each_throttle_doubles_the_pause_up_to_five_minutes(met: Account, clock: Clock) -> None:
    longest = []
    for _ in range(8):
        refuse(met, clock, 1)
        longest.append(max(met.pause(SHORTEST, SHORTEST) for _ in range(200)))
    assert 55 < longest[0] <= 60
    assert 110 < longest[1] <= 120
    assert 270 < longest[-1] <= 300


def test_hundreds_of_waits_that_are_refused_at_once_count_once(met: Account, clock: Clock) -> None:
    for _ in range(300):
        assert met.met(THROTTLED, SHORTEST)
    assert met.pause(SHORTEST, SHORTEST) <= 60.0
    clock.seconds += SHORTEST
    met.met(THROTTLED, SHORTEST)
    assert max(met.pause(SHORTEST, SHORTEST) for _ in range(200)) > 60.0


def test_with_the_answers_it_comes_back_step_by_step(met: Account, clock: Clock) -> None:
    refuse(met, clock, 3)
    for longest in (120.0, 60.0):
        met.answered()
        assert max(met.pause(SHORTEST, SHORTEST) for _ in range(200)) <= longest
    met.answered()
    assert met.pause(SHORTEST, SHORTEST) == SHORTEST
    met.answered()
    assert met.pause(SHORTEST, SHORTEST) == SHORTEST


def test_a_longer_pause_is_not_made_shorter_by_a_throttle(met: Account, clock: Clock) -> None:
    refuse(met, clock, 1)
    assert met.pause(110.0, SHORTEST) == 110.0


@pytest.mark.parametrize("failure", [AWAY, Failure(FailureClass.RETRY_SOON, "no code")])
def test_other_failures_are_no_throttle(met: Account, failure: Failure) -> None:
    assert not met.met(failure, SHORTEST)
    assert met.pause(SHORTEST, SHORTEST) == SHORTEST


def test_waits_of_one_account_share_it_and_those_of_another_do_not() -> None:
    throttle.forget()
    here = ClusterAddress("shop", "aws_payments", "eu-west-1")
    beside = ClusterAddress("search", "aws_payments", "eu-west-1")
    others = [
        ClusterAddress("shop", "aws_media", "eu-west-1"),
        ClusterAddress("shop", "aws_payments", "eu-central-1"),
        ClusterAddress("shop", "aws_payments", "eu-west-1", "arn:aws:iam::111122223333:role/eks"),
    ]
    assert account(here.account) is account(beside.account)
    account(here.account).met(THROTTLED, SHORTEST)
    assert account(beside.account).pause(1.0, SHORTEST) > 1.0
    for other in others:
        assert account(other.account).pause(1.0, SHORTEST) == 1.0
