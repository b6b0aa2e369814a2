"""Waivers: what one waives, how long, and every way in which one can be wrong."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.reading import NotKnown
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.planning.make_plan import plan_of
from include.eks_upgrade.planning.preflight.check import Check, Finding, Outcomes, Severity
from include.eks_upgrade.planning.preflight.checks import CHECKS
from include.eks_upgrade.planning.preflight.judged import judged, waiver_problems
from include.eks_upgrade.planning.preflight.kinds import parameter_problems
from include.eks_upgrade.planning.preflight.request import waivers as of_waivers
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.request import UpgradeRequest

GOOD = {
    "check": "hooks",
    "object": "hook a",
    "reason": "it is ours, and it is stopped before",
    "until": "2026-11-30",
}
BLOCKING = Finding(Severity.BLOCKS, "hook a", "it is down", "start it")
WARNING = Finding(Severity.WARNS, "hook b", "it is slow", "make it fast")


def finds(*found: Finding) -> Any:
    def judge(_: Seen) -> Iterator[Finding]:
        yield from found

    return judge


LIST = (
    of_waivers.CHECK,
    Check("hooks", "Do hooks answer?", "seen", finds(BLOCKING, WARNING)),
    Check("skew", "Is the skew kept?", "seen", finds(), may_be_waived=False),
)


def outcomes(
    *waivers: Any, today: str = "2026-11-26", checks: tuple[Check, ...] = LIST
) -> Outcomes:
    facts = ClusterFacts(cluster={"name": "demo", "version": "1.30"})
    request = UpgradeRequest.from_params({"cluster_name": "demo", "waivers": list(waivers)})
    moment = datetime.fromisoformat(f"{today}T23:59:00").replace(tzinfo=UTC)
    seen = Seen(request=request, target=Minor.parse("1.31"), facts=facts, moment=moment)
    return judged(seen, checks)


def texts(found: Outcomes, severity: Severity) -> list[str]:
    return [one.text for one in found.findings(severity)]


def test_a_waived_finding_no_longer_blocks_and_says_why_until_when_and_what_it_was() -> None:
    found = outcomes(GOOD)
    assert texts(found, Severity.BLOCKS) == []
    assert texts(found, Severity.WARNS)[0] == (
        "WAIVED until 2026-11-30, because: it is ours, and it is stopped before. It was found:"
        " hook a: it is down. Remedy: start it."
    )


def test_a_waived_warning_informs() -> None:
    found = outcomes(GOOD | {"object": "hook b"})
    assert texts(found, Severity.BLOCKS) == ["hook a: it is down. Remedy: start it."]
    assert texts(found, Severity.WARNS) == []
    assert "hook b: it is slow" in texts(found, Severity.INFORMS)[0]


@pytest.mark.parametrize("pattern", ["*", "hook *", "hook ?", "hook [ab]"])
def test_stars_stand_for_more(pattern: str) -> None:
    assert texts(outcomes(GOOD | {"object": pattern}), Severity.BLOCKS) == []


@pytest.mark.parametrize("pattern", ["hook c", "Hook a", "hook", "a"])
def test_a_waiver_of_another_object_waives_nothing_and_says_so(pattern: str) -> None:
    found = outcomes(GOOD | {"object": pattern})
    assert len(texts(found, Severity.BLOCKS)) == 1
    assert any("waives nothing now" in one for one in texts(found, Severity.INFORMS))


def test_a_waiver_holds_on_its_last_day_and_has_expired_on_the_next() -> None:
    assert texts(outcomes(GOOD, today="2026-11-30"), Severity.BLOCKS) == []
    over = outcomes(GOOD, today="2026-12-01")
    assert len(texts(over, Severity.BLOCKS)) == 1
    assert any("has expired with 2026-11-30" in one for one in texts(over, Severity.WARNS))


def test_of_what_is_not_known_no_waiver_is_called_idle() -> None:
    def unknown(seen: Seen) -> Iterator[Finding]:
        yield from ()
        raise NotKnown("nobody asked")

    found = outcomes(GOOD, checks=(LIST[0], replace(LIST[1], judge=unknown)))
    assert texts(found, Severity.INFORMS) == []


WRONG = [
    pytest.param(GOOD | {"check": "hook"}, "there is no check 'hook'", "write hooks", id="near"),
    pytest.param(GOOD | {"check": "zzz"}, "there is no check 'zzz'", "docs/preflight", id="far"),
    pytest.param(GOOD | {"reason": ""}, "it has no reason", "write it like", id="no-reason"),
    pytest.param(GOOD | {"reason": " "}, "it has no reason", "write it like", id="blank-reason"),
    pytest.param(GOOD | {"reason": None}, "it has no reason", "write it like", id="null-reason"),
    pytest.param(GOOD | {"until": "soon"}, "which is no date", "2026-12-31", id="no-date"),
    pytest.param(GOOD | {"until": "2026-13-01"}, "which is no date", "2026-12-31", id="no-month"),
    pytest.param(GOOD | {"until": "20261231"}, "which is no date", "2026-12-31", id="no-dashes"),
    pytest.param(GOOD | {"until": "2026-11-30T10:00"}, "no date", "2026-12-31", id="a-time"),
    pytest.param(GOOD | {"until": 20261231}, "which is no date", "2026-12-31", id="a-number"),
    pytest.param(GOOD | {"untill": "x"}, "'untill' is no part", "write until", id="misspelt"),
    pytest.param(GOOD | {7: "x"}, "'7' is no part", "leave it out", id="a-number-as-key"),
    pytest.param({}, "it has no check", "write it like", id="empty"),
    pytest.param("hooks", "'hooks' is no object", "write it like", id="a-text"),
    pytest.param(None, "None is no object", "write it like", id="null"),
    pytest.param(["hooks"], "is no object", "write it like", id="a-list"),
    pytest.param(GOOD | {"check": "skew"}, "cannot be waived", "take this waiver out", id="never"),
]


@pytest.mark.parametrize(("waiver", "what", "remedy"), WRONG)
def test_a_waiver_that_cannot_be_is_refused_with_what_is_wrong(
    waiver: Any, what: str, remedy: str
) -> None:
    found = outcomes(waiver).findings(Severity.BLOCKS)
    told = [one for one in found if one.subject.startswith("waivers")]
    assert any(what in one.what and remedy in one.remedy for one in told)


def test_each_wrong_waiver_is_told_once_with_its_place_and_hides_no_good_one() -> None:
    found = outcomes(GOOD, "no object", GOOD | {"reason": ""})
    assert [one.subject for one in found.findings(Severity.BLOCKS)] == [
        "waivers, item 2",
        "waivers, item 3",
    ]


@pytest.mark.parametrize("given", ["hooks", 7, {"check": "hooks"}, True])
def test_what_is_no_list_is_told_too(given: Any) -> None:
    request = UpgradeRequest.from_params({"cluster_name": "demo", "waivers": given})
    assert waiver_problems(request.waivers, LIST)


@pytest.mark.parametrize("given", [None, [], ()])
def test_no_waiver_is_no_problem(given: Any) -> None:
    request = UpgradeRequest.from_params({"cluster_name": "demo", "waivers": given})
    assert waiver_problems(request.waivers) == []


def test_a_fleet_file_is_told_of_its_wrong_waivers() -> None:
    wrong = [GOOD | {"check": "budget"}]
    assert any("write budgets" in str(one) for one in parameter_problems({"waivers": wrong}))
    assert parameter_problems({"waivers": [GOOD | {"check": "budgets"}]}) == []
    assert "a list of objects" in str(parameter_problems({"waivers": ["budgets"]})[0])


def test_a_check_that_fails_blocks_says_so_hides_no_other_and_can_be_waived() -> None:
    def broken(_: Seen) -> Iterator[Finding]:
        yield WARNING
        raise KeyError("arn")

    checks = (LIST[0], replace(LIST[1], judge=broken), Check("more", "?", "seen", finds(WARNING)))
    found = outcomes(checks=checks)
    (failed,) = found.findings(Severity.BLOCKS)
    assert (failed.subject, "KeyError: 'arn'" in failed.what) == ("the check itself", True)
    assert len(found.findings(Severity.WARNS)) == 2
    waived = outcomes(GOOD | {"object": "the check itself"}, checks=checks)
    assert waived.findings(Severity.BLOCKS) == ()


def test_a_rule_that_cannot_be_waived_fails_the_plan_when_it_fails() -> None:
    def broken(_: Seen) -> Iterator[Finding]:
        raise KeyError("arn")

    with pytest.raises(KeyError):
        outcomes(checks=(LIST[0], replace(LIST[2], judge=broken)))


def test_what_must_never_be_waived_is_marked_so() -> None:
    never = {check.name for check in CHECKS if not check.may_be_waived}
    assert never >= {"options", "target_version", "cluster_state", "kubelet_skew"}


def test_a_plan_goes_ahead_on_a_waiver_and_shows_it(make_request: Any, make_facts: Any) -> None:
    sick = make_facts().cluster | {"health": {"issues": [{"code": "Odd", "message": "odd"}]}}
    waiver = GOOD | {"check": "cluster_health", "object": "cluster *", "until": "2999-01-01"}
    request = make_request(waivers=(waiver,))
    seen = Seen(
        request=request,
        target=Minor.parse("1.26"),
        facts=make_facts(cluster=sick),
        images={"workers": None},
    )
    plan = plan_of(seen, judged(seen))
    assert any(one.startswith("WAIVED until 2999-01-01") for one in plan.warnings)


TWICE = (
    *LIST,
    Check("tasks", "Would a task refuse?", "seen", finds(BLOCKING), may_be_waived=False),
    Check("other tasks", "Would one?", "seen", finds(replace(BLOCKING, what="it is slow")),
          may_be_waived=False),
)  # fmt: skip


def by_check(found: Outcomes) -> dict[str, int]:
    return {one.check.name: len(one.findings) for one in found.all}


def test_what_two_checks_say_in_the_same_words_is_told_by_the_one_that_can_be_waived() -> None:
    found = outcomes(checks=TWICE)
    assert by_check(found) == {"waivers": 0, "hooks": 2, "skew": 0, "tasks": 0, "other tasks": 1}


def test_a_waiver_of_the_one_leaves_the_refusal_of_the_other() -> None:
    found = outcomes(GOOD, checks=TWICE)
    assert by_check(found)["tasks"] == 1
    assert texts(found, Severity.BLOCKS)[0] == "hook a: it is down. Remedy: start it."
