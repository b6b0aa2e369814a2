"""What each recorded answer to an eviction means, and how other answers are translated."""

import json
from pathlib import Path

import pytest

from include.eks_upgrade.common.errors import Refused, UnexpectedResponse, Unreachable
from include.eks_upgrade.kube.errors import WORDS_LIMIT, Answer, error_of, may_retry
from include.eks_upgrade.kube.eviction import (
    Blocked,
    Closing,
    Denied,
    Evicted,
    Gone,
    eviction_body,
    read_eviction,
)
from include.eks_upgrade.kube.objects import Pod

RECORDINGS = Path(__file__).parents[2] / "recordings"


def answers(name):
    """The answers to the evictions of a recording, in their order."""
    exchanges = json.loads((RECORDINGS / f"{name}.json").read_text())["exchanges"]
    return [
        Answer(e["response"]["status"], e["response"]["body"])
        for e in exchanges
        if e.get("request", {}).get("path", "").endswith("/eviction")
    ]


@pytest.mark.parametrize(
    ("recording", "kinds"),
    [
        pytest.param("evict-without-budget", [Evicted, Evicted, Evicted, Gone], id="no-budget"),
        pytest.param("evict-with-budget", [Evicted, Blocked, Blocked], id="budget-of-one"),
        pytest.param("evict-budget-of-zero", [Blocked], id="budget-of-zero"),
        pytest.param("evict-crash-looping", [Blocked, Evicted], id="crash-looping"),
        pytest.param("evict-finished-and-pending", [Evicted, Evicted], id="past-the-budget"),
        pytest.param("evict-options", [Evicted, Gone], id="another-uid-is-gone"),
        pytest.param("evict-two-budgets", [Denied], id="two-budgets"),
        pytest.param("evict-closing-namespace", [Closing], id="closing-namespace"),
        pytest.param("statefulset", [Evicted], id="statefulset"),
    ],
)
def test_reads_the_recorded_answers(recording, kinds):
    assert [type(read_eviction(answer)) for answer in answers(recording)] == kinds


def test_a_blocked_eviction_carries_the_budgets_numbers():
    blocked = read_eviction(answers("evict-with-budget")[1])
    assert blocked.words == "The disruption budget web needs 2 healthy pods and has 2 currently"


def test_missing_rights_are_refused_and_not_held_against_the_pod():
    with pytest.raises(Refused, match=r"docs/permissions\.md"):
        read_eviction(answers("forbidden")[0])


def test_a_webhook_denies_one_pod():
    message = 'admission webhook "guard.example" denied the request: not today'
    assert read_eviction(Answer(403, {"message": message})) == Denied(message)


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        pytest.param(Answer(401, {"message": "Unauthorized"}), Refused, "access entry", id="401"),
        pytest.param(Answer(403, {"message": "no"}), Refused, "docs/permissions.md", id="403"),
        pytest.param(Answer(429, {}), Unreachable, "patience", id="throttled"),
        pytest.param(Answer(503, {}), Unreachable, "patience", id="503"),
        pytest.param(
            Answer(418, {"message": "a teapot"}), UnexpectedResponse, "a teapot", id="unforeseen"
        ),
    ],
)
def test_translates_answers_into_our_tree(answer, error, words):
    found = error_of("list nodes", answer)
    assert type(found) is error
    assert words in str(found)
    assert "list nodes" in str(found)


def test_a_foreign_answer_is_cut_to_a_length_that_can_be_shown():
    assert len(Answer(502, text="no way " * 1000).words) == WORDS_LIMIT


def test_a_budgets_429_is_not_taken_for_throttling():
    assert not may_retry(answers("evict-budget-of-zero")[0])
    assert may_retry(Answer(429, {"message": "Too many requests, please try again later."}))


def test_an_eviction_is_bound_to_the_uid_and_carries_what_was_asked():
    pod = Pod(namespace="shop", name="web-1", uid="u-1")
    assert eviction_body(pod, None, dry_run=False)["deleteOptions"] == {
        "preconditions": {"uid": "u-1"}
    }
    assert eviction_body(pod, 5, dry_run=True)["deleteOptions"] == {
        "preconditions": {"uid": "u-1"},
        "gracePeriodSeconds": 5,
        "dryRun": ["All"],
    }
